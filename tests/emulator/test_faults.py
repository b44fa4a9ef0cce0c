"""Each fault does what its line says, and the truth names the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.emulator.config import Nodes
from samovar.emulator.faults import Fault, Match, Script
from tests.emulator.talk import Talk, chat, messages, responses

if TYPE_CHECKING:
    from collections.abc import Callable


def test_eviction_by_time(talking: Callable[..., Talk]) -> None:
    """Entries are gone at that moment; the call that misses is blamed on the line, the next is not."""
    talk = talking(faults=(Fault(kind="evict", id="e", at=60.0),))
    assert talk.read(messages(), 0) == 0
    assert talk.read(messages(), 10) == 2000
    assert talk.read(messages(), 70) == 0
    assert talk.last.script == ("e",)
    assert talk.last.without_faults.read == 2000
    assert talk.read(messages(), 90) == 2000
    assert not talk.last.script


def test_eviction_that_hit_nothing_is_not_blamed(talking: Callable[..., Talk]) -> None:
    """A cold start stays a cold start."""
    talk = talking(faults=(Fault(kind="evict", id="e", at=5.0),))
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ()


def test_pressure_takes_the_least_recently_used(talking: Callable[..., Talk]) -> None:
    """Half of the entries go, the older half."""
    talk = talking(faults=(Fault(kind="lru_pressure", id="p", calls=(3, 3), share=0.5),))
    talk.read(messages("old 2000"), 0)
    talk.read(messages("new 2000"), 10)
    assert talk.read(messages("new 2000"), 20) == 2000
    assert talk.read(messages("old 2000"), 30) == 0
    assert talk.last.script == ("p",)


def test_cold_node(talking: Callable[..., Talk]) -> None:
    """While it lasts, calls meet another cache; afterwards the first one is still warm."""
    talk = talking(faults=(Fault(kind="cold_node", id="c", calls=(2, 3)),))
    talk.read(messages(), 0)
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ("c",)
    assert talk.last.node != 0
    assert talk.read(messages(), 20) == 2000
    assert talk.read(messages(), 30) == 2000
    assert talk.last.node == 0


def test_ignored_hint(talking: Callable[..., Talk]) -> None:
    """The call goes to a node that its beginning does not belong to."""
    talk = talking(nodes=Nodes(count=4), faults=(Fault(kind="ignored_hint", id="i", calls=(2, 2)),))
    talk.read(messages(), 0)
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ("i",)
    assert talk.read(messages(), 20) == 2000


def test_tokenizer_change(talking: Callable[..., Talk]) -> None:
    """The same bytes are other tokens from then on, and no entry of the old ones is found."""
    talk = talking(faults=(Fault(kind="tokenizer_change", id="t", at=20.0, factor=1.5),))
    talk.read(messages(), 0)
    assert talk.read(messages(), 10) == 2000
    assert talk.read(messages(), 30) == 0
    assert talk.last.tokens.written == {"5m": 3000}
    assert talk.read(messages(), 40) == 3000
    assert talk.last.script == ("t",)


def test_served_model_change(talking: Callable[..., Talk]) -> None:
    """Another model answers, with a cache of its own, and says so."""
    talk = talking(faults=(Fault(kind="served_model_change", id="m", calls=(2, 2), model="claude-opus-4-8"),))
    talk.read(messages(), 0)
    answer = talk.post(messages(), 10).json()
    assert answer["model"] == "claude-opus-4-8"
    assert answer["usage"]["cache_read_input_tokens"] == 0
    assert talk.last.served_model == "claude-opus-4-8"


def test_tier_downgrade(talking: Callable[..., Talk]) -> None:
    """An hour is asked for, five minutes are granted: usage says so, and the entry dies early."""
    talk = talking(faults=(Fault(kind="tier_downgrade", id="d", calls=(1, 1)),))
    body = messages()
    body["system"][0]["cache_control"]["ttl"] = "1h"
    written = talk.post(body, 0).json()["usage"]["cache_creation"]
    assert written == {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 0}
    assert talk.read(body, 400) == 0
    assert talk.last.script == ("d",)
    assert talk.last.without_faults.read == 2000


def test_visibility_lag(talking: Callable[..., Talk]) -> None:
    """What was written cannot be read for so many seconds after the first byte."""
    talk = talking(faults=(Fault(kind="visibility_lag", id="v", calls=(1, 1), seconds=20.0),))
    talk.read(messages(), 0)
    assert talk.read(messages(tail="r"), 10) == 0
    assert talk.last.script == ("v",)
    assert talk.read(messages(tail="s"), 30) == 2000


@pytest.mark.fact("anthropic.error.overloaded", "anthropic.error.shape")
def test_error_burst(talking: Callable[..., Talk]) -> None:
    """The status, the provider's body, nothing written."""
    talk = talking(
        faults=(
            Fault(kind="error_burst", id="b", calls=(1, 2)),
            Fault(kind="error_burst", id="s", calls=(3, 3), status=500),
        )
    )
    answer = talk.post(messages(), 0)
    assert answer.status_code == 529
    assert answer.json()["type"] == "error"
    assert answer.json()["error"] == {"type": "overloaded_error", "message": "Overloaded"}
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert talk.post(messages(), 5).status_code == 529
    assert talk.post(messages(), 8).json()["error"] == {
        "type": "api_error",
        "message": "Internal Server Error",
    }
    assert talk.read(messages(), 10) == 0
    # Without the burst the first of them would have written.
    assert talk.last.without_faults.read == 2000
    assert set(talk.last.script) == {"b", "s"}


def test_error_burst_at_openai(talking: Callable[..., Talk]) -> None:
    """In the other provider's shape."""
    talk = talking(faults=(Fault(kind="error_burst", calls=(1, 1), status=503),))
    error = talk.post(chat(), 0, "/v1/chat/completions").json()["error"]
    assert error["type"] == "server_error"
    assert set(error) == {"message", "type", "param", "code"}


def test_slow_first_byte(talking: Callable[..., Talk]) -> None:
    """The first byte comes later, and so does the entry."""
    talk = talking(faults=(Fault(kind="slow_first_byte", calls=(1, 1), seconds=30.0),))
    assert float(talk.post(messages(), 0).headers["samovar-first-byte-at"]) > 1030
    assert talk.read(messages(), 10) == 0
    assert talk.read(messages(), 40) == 2000


def test_stream_cut_after_the_first_byte_did_write(talking: Callable[..., Talk]) -> None:
    """Some events arrive, the connection ends, the prefix is cached."""
    talk = talking(faults=(Fault(kind="stream_cut", id="x", calls=(1, 1), after_events=3),))
    with pytest.raises(httpx2.RemoteProtocolError):
        talk.post(messages(stream=True), 0)
    assert talk.last.cut
    assert talk.last.stored
    assert talk.read(messages(), 10) == 2000


@pytest.mark.parametrize("stream", [True, False])
def test_stream_cut_before_the_first_byte_did_not(talking: Callable[..., Talk], *, stream: bool) -> None:
    """Nothing arrives, nothing is cached, and the next call's miss is blamed on the cut."""
    talk = talking(faults=(Fault(kind="stream_cut", id="x", calls=(1, 1)),))
    with pytest.raises(httpx2.TransportError):
        talk.post(messages(stream=stream), 0)
    assert not talk.last.stored
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ("x",)


def test_missing_usage(talking: Callable[..., Talk]) -> None:
    """Absent is not zero: the cache members are not there."""
    talk = talking(faults=(Fault(kind="missing_usage"),))
    assert "cache_read_input_tokens" not in talk.post(messages(), 0).json()["usage"]
    assert "prompt_tokens_details" not in talk.post(chat(), 1, "/v1/chat/completions").json()["usage"]
    assert "input_tokens_details" not in talk.post(responses(), 2, "/v1/responses").json()["usage"]


def test_malformed_usage(talking: Callable[..., Talk]) -> None:
    """Members are there with values that no reader can use."""
    talk = talking(faults=(Fault(kind="malformed_usage"),))
    assert talk.post(messages(), 0).json()["usage"]["cache_read_input_tokens"] == "n/a"
    details = talk.post(responses(), 2, "/v1/responses").json()["usage"]["input_tokens_details"]
    assert details["cached_tokens"] == "n/a"


@pytest.mark.fact("anthropic.limits.spend-cap")
def test_spend_cap(talking: Callable[..., Talk]) -> None:
    """A 429 that says what it is and names no time to retry."""
    talk = talking(faults=(Fault(kind="spend_cap"),))
    answer = talk.post(messages(), 0)
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    assert answer.json()["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}
    assert talk.last.tokens.total == 0, "a refused call reads and writes nothing"
    assert talk.last.without_faults.total > 0
    other = talk.post(chat(), 1, "/v1/chat/completions")
    assert (other.status_code, other.json()["error"]["code"]) == (429, "insufficient_quota")


def test_hang(talking: Callable[..., Talk]) -> None:
    """In virtual time the silence is in the header, and a 504 ends it."""
    talk = talking(faults=(Fault(kind="hang", calls=(1, 1), seconds=600.0),))
    answer = talk.post(messages(), 0)
    assert answer.status_code == 504
    assert float(answer.headers["samovar-first-byte-at"]) == 1600
    assert talk.read(messages(), 601) == 0


def test_two_faults_that_each_suffice_are_both_named(talking: Callable[..., Talk]) -> None:
    """Leaving out either would change nothing."""
    talk = talking(
        faults=(Fault(kind="evict", id="a", calls=(2, 2)), Fault(kind="evict", id="b", calls=(2, 2)))
    )
    talk.read(messages(), 0)
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ("a", "b")


def test_of_two_faults_the_guilty_one_is_named(talking: Callable[..., Talk]) -> None:
    """A fault that changed nothing for this call is not blamed for another's work."""
    talk = talking(
        faults=(
            Fault(kind="cold_node", id="elsewhere", calls=(1, 1), match=Match(model="claude-opus-4-8")),
            Fault(kind="evict", id="guilty", calls=(3, 3)),
        )
    )
    talk.read(messages(model="claude-opus-4-8"), 0)
    talk.read(messages(), 10)
    assert talk.read(messages(), 20) == 0
    assert talk.last.script == ("guilty",)


def test_a_script_strikes_by_time_count_and_match() -> None:
    """`at`/`until`, `calls`, `every` and `match` select calls; one-shot kinds strike once."""
    script = Script(
        (
            Fault(kind="hang", id="time", at=10, until=20),
            Fault(kind="hang", id="count", calls=(2, 3)),
            Fault(kind="hang", id="every", every=3),
            Fault(kind="hang", id="model", match=Match(model="m")),
            Fault(kind="evict", id="once"),
        )
    )
    seen = [
        [fault.id for fault in script.striking(at, model, "k", "/p")]
        for at, model in ((0, "m"), (10, "x"), (19, "x"), (20, "x"))
    ]
    assert seen == [["model", "once"], ["time", "count"], ["time", "count", "every"], []]


def test_faults_without_an_id_are_named() -> None:
    """So that the truth can name them."""
    script = Script((Fault(kind="evict"), Fault(kind="hang")))
    assert list(script.faults) == ["evict-1", "hang-2"]
    assert script.remove("hang-2")
    assert not script.remove("hang-2")
    assert script.remove("evict-1")
    assert not script


def test_an_unloaded_fault_is_still_blamed_for_what_it_left(talk: Talk) -> None:
    """And the worlds that tell so are bounded, whatever is loaded and unloaded."""
    for number in range(30):
        talk.post(messages(f"doc{number} 2000"), 10 * number)
        talk.admin("POST", "/faults", {"kind": "evict", "id": f"e{number}"})
        talk.post(messages("other 2000"), 10 * number + 1)
        talk.admin("DELETE", f"/faults/e{number}")
    assert talk.read(messages("doc29 2000"), 302) == 0
    assert talk.last.script == ("e29",)
    assert talk.last.without_faults.read == 2000
    assert talk.admin("GET", "/stats")["worlds"] <= 10
