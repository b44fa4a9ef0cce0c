"""The official SDKs, unmodified, get through us what they get without us."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import openai
import pytest

from samovar.emulator.faults import Fault
from samovar.emulator.host import running
from samovar.metrics.catalogue import FAILURES
from samovar.policy import RetryPolicy
from samovar.transport import async_client, client, middleware
from tests.transport.boxes import CLAUDE, GPT, SYSTEM, TOOL, box, quick_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from samovar.emulator import Emulator

FORCED = {"type": "tool", "name": "look_up"}
MODES = ["observe", "protect"]


@pytest.fixture
def provider() -> Iterator[Emulator]:
    """A provider in a box."""
    with running(box()) as emulator:
        yield emulator


class Tap(httpx2.BaseTransport):
    """Notes the bytes that really leave and arrive."""

    def __init__(self) -> None:
        self.inner = httpx2.HTTPTransport()
        self.sent: list[tuple[bytes, bytes]] = []
        self.received: list[bytes] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass on."""
        headers = b"\n".join(name + b": " + value for name, value in request.headers.raw)
        self.sent.append((headers, request.content))
        response = self.inner.handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        inner: httpx2.SyncByteStream = response.stream
        tap = self

        class Noted(httpx2.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                for chunk in inner:
                    tap.received.append(chunk)
                    yield chunk

            def close(self) -> None:
                inner.close()

        response.stream = Noted()
        return response

    def close(self) -> None:
        """Close."""
        self.inner.close()


def plain_client(tap: Tap) -> httpx2.Client:
    """Return a client as the SDKs make it for themselves."""
    return httpx2.Client(transport=tap, timeout=httpx2.Timeout(600, connect=5.0), follow_redirects=True)


def dialogue(http: httpx2.Client, base_url: str) -> list[Any]:
    """Return what a session with both SDKs gives: plain, streamed, with tools, refused."""
    told: list[Any] = []
    with closing(
        anthropic.Anthropic(api_key="k", base_url=base_url, http_client=http, max_retries=0)
    ) as claude:
        ask: Any = {
            "model": CLAUDE,
            "max_tokens": 64,
            "system": SYSTEM,
            "messages": [{"role": "user", "content": "hello"}],
        }
        forced: Any = {**ask, "tools": [TOOL], "tool_choice": FORCED}
        told.append(claude.messages.create(**ask).to_dict())
        with claude.messages.stream(**ask) as stream:
            told += [event.type for event in stream]
            told.append(stream.get_final_message().to_dict())
        told.append(claude.messages.create(**forced).to_dict())
        told.append(claude.messages.count_tokens(model=CLAUDE, messages=ask["messages"]).to_dict())
        with pytest.raises(anthropic.BadRequestError) as refused:
            claude.messages.create(**{**ask, "max_tokens": -1})
        told.append(refused.value.body)
        gpt = openai.OpenAI(api_key="k", base_url=f"{base_url}/v1", http_client=http, max_retries=0)
        chat: Any = {"model": GPT, "messages": [{"role": "user", "content": SYSTEM[0]["text"]}]}
        told.append(gpt.chat.completions.create(**chat).to_dict())
        streamed = gpt.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True})
        told += [chunk.to_dict() for chunk in streamed]
        told.append(gpt.responses.create(model=GPT, input="hello").to_dict())
        with gpt.responses.stream(model=GPT, input="hello") as events:
            told += [event.type for event in events]
    return told


@pytest.mark.parametrize("mode", MODES)
def test_results_and_bytes_are_the_same_as_without_us(mode: str) -> None:
    """Two fresh providers of one seed, one asked directly: every byte that left and came is equal."""
    taps = []
    results = []
    for ours in (False, True):
        tap = Tap()
        http = client(runtime=quick_runtime(mode), transport=tap) if ours else plain_client(tap)
        with running(box()) as provider:
            port = provider.base_url.rsplit(":", 1)[1].encode()
            results.append(_timeless(dialogue(http, provider.base_url)))
        taps.append([(headers.replace(port, b"PORT"), body) for headers, body in tap.sent])
    for direct, through in zip(*taps, strict=True):
        assert direct[1] == through[1]
        assert direct[0].splitlines() == through[0].splitlines()
    assert results[0] == results[1]


def _timeless(told: list[Any]) -> list[Any]:
    """Leave out when it was."""
    text = repr(told)
    for name in ("created", "created_at", "completed_at"):
        parts = text.split(f"'{name}': ")
        text = parts[0] + "".join(part.lstrip("0123456789.") for part in parts[1:])
    return [text]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stream", [True, False])
def test_compressed_bytes_pass_as_they_came(provider: Emulator, mode: str, stream: bool) -> None:
    """What the caller reads raw is what the wire carried, gzip and all; we still hear the usage in it."""
    seen: list[Any] = []
    runtime = quick_runtime(mode, recorder=lambda entry, _: seen.append(entry))
    tap = Tap()
    body = {"model": CLAUDE, "max_tokens": 1024, "system": SYSTEM, "stream": stream}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "accept-encoding": "gzip"}
    messages = [{"role": "user", "content": "Write five paragraphs."}]
    with (
        client(runtime=runtime, transport=tap) as http,
        http.stream(
            "POST", f"{provider.base_url}/v1/messages", json={**body, "messages": messages}, headers=headers
        ) as answer,
    ):
        raw = b"".join(answer.iter_raw())
        assert answer.status_code == 200, raw
    assert stream or answer.headers["content-encoding"] == "gzip"
    assert hashlib.sha256(raw).digest() == hashlib.sha256(b"".join(tap.received)).digest()
    assert runtime.drain()
    assert seen[0].outcome.usage.cache_write == {"5m": 10_000, "1h": 0}


async def ask_many(claude: anthropic.AsyncAnthropic, count: int) -> list[int]:
    """Return what each of so many calls at once wrote."""

    async def one(number: int) -> int:
        async with claude.messages.stream(
            model=CLAUDE, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": str(number)}]
        ) as stream:
            return (await stream.get_final_message()).usage.cache_creation_input_tokens or 0

    return list(await asyncio.gather(*(one(i) for i in range(count))))


async def test_an_async_crowd_writes_once() -> None:
    """Twenty coroutines, one write."""
    with running(box(cold_seconds=0.5)) as provider:
        http = async_client(runtime=quick_runtime())
        async with anthropic.AsyncAnthropic(
            api_key="k", base_url=provider.base_url, http_client=http
        ) as claude:
            assert sorted(await ask_many(claude, 20)) == [0] * 19 + [10_000]


async def test_nobody_waits_for_others_longer_than_for_the_provider() -> None:
    """The caller's own time limit holds for the waiting too: then its call is sent like any other."""
    seen: list[Any] = []
    runtime = quick_runtime(recorder=lambda entry, _: seen.append(entry))
    with running(box(cold_seconds=1.5)) as provider:
        http = async_client(runtime=runtime)
        async with anthropic.AsyncAnthropic(
            api_key="k", base_url=provider.base_url, http_client=http, max_retries=0
        ) as claude:
            ask: Any = {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM}
            ask["messages"] = [{"role": "user", "content": "hello"}]
            leader = asyncio.create_task(claude.messages.create(**ask))
            await asyncio.sleep(0.2)
            with pytest.raises(anthropic.APITimeoutError):
                await claude.with_options(timeout=0.3).messages.create(**ask)
            assert not leader.done()
            await leader
    assert runtime.drain()
    assert 0.2 < seen[0].outcome.held < 1.0


@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_is_cancelled_mid_stream_is_recorded_and_its_connection_closed(mode: str) -> None:
    """The SDK closes the response; the record says that the caller left."""
    seen = []
    runtime = quick_runtime(mode, recorder=lambda entry, _: seen.append(entry))
    with running(box()) as provider:
        http = async_client(runtime=runtime)
        async with anthropic.AsyncAnthropic(
            api_key="k", base_url=provider.base_url, http_client=http
        ) as claude:
            async with claude.messages.stream(
                model=CLAUDE, max_tokens=64, system=SYSTEM, messages=[{"role": "user", "content": "hello"}]
            ) as stream:
                async for _ in stream:
                    break
            await asyncio.sleep(0)
    assert runtime.drain()
    assert type(seen[0].outcome.failure).__name__ == "CallerLeft"
    assert seen[0].outcome.status == 200


@pytest.mark.parametrize("mode", MODES)
def test_a_stream_that_an_sdk_closes_at_its_last_event_is_whole(provider: Emulator, mode: str) -> None:
    """OpenAI's SDK leaves at `[DONE]`, many users at `message_stop`: nobody has left anything."""
    seen: list[Any] = []
    runtime = quick_runtime(mode, recorder=lambda entry, _: seen.append(entry))
    messages: Any = [{"role": "user", "content": SYSTEM[0]["text"]}]
    with client(runtime=runtime) as http:
        gpt = openai.OpenAI(api_key="k", base_url=f"{provider.base_url}/v1", http_client=http, max_retries=0)
        options: Any = {"include_usage": True}
        list(gpt.chat.completions.create(model=GPT, messages=messages, stream=True, stream_options=options))
        with gpt.responses.create(model=GPT, input="hello", stream=True) as answer:
            for event in answer:
                if event.type == "response.completed":
                    break
        claude = anthropic.Anthropic(api_key="k", base_url=provider.base_url, http_client=http)
        with claude.messages.create(model=CLAUDE, max_tokens=8, messages=messages, stream=True) as events:
            for told in events:
                if told.type == "message_stop":
                    break
    assert runtime.drain()
    assert [entry.outcome.failure for entry in seen] == [None, None, None]
    assert [entry.outcome.usage.total_input for entry in seen] == [10_000, 1, 10_000]
    assert [entry.served_model for entry in seen] == [GPT, GPT, CLAUDE]
    assert all(entry.response_id for entry in seen)


@pytest.mark.parametrize("mode", MODES)
def test_the_sdks_own_retries_go_on_working(mode: str) -> None:
    """Two overloads, then an answer: three calls are seen, the SDK returns the third."""
    seen = []
    runtime = quick_runtime(mode, recorder=lambda entry, _: seen.append(entry.outcome.status))
    fault = Fault(kind="error_burst", calls=(1, 2), status=529)
    with running(box(fault)) as provider, client(runtime=runtime) as http:
        claude = anthropic.Anthropic(api_key="k", base_url=provider.base_url, http_client=http, max_retries=3)
        answer = claude.messages.create(
            model=CLAUDE, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": "hello"}]
        )
    assert answer.usage.cache_creation_input_tokens == 10_000
    assert runtime.drain()
    assert seen == [529, 529, 200]


@pytest.mark.parametrize("stream", [False, True])
def test_the_sdks_middleware_sees_what_the_transport_would(provider: Emulator, stream: bool) -> None:
    """For users whose HTTP client is somebody else's."""
    seen: list[Any] = []
    runtime = quick_runtime(recorder=lambda entry, _: seen.append(entry))
    with anthropic.Anthropic(
        api_key="k", base_url=provider.base_url, middleware=middleware(runtime=runtime)
    ) as claude:
        ask: Any = {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM}
        ask["messages"] = [{"role": "user", "content": "hello"}]
        if stream:
            with claude.messages.stream(**ask) as events:
                usage = events.get_final_message().usage
        else:
            usage = claude.messages.create(**ask).usage
    assert usage.cache_creation_input_tokens == 10_000
    assert runtime.drain()
    assert seen[0].outcome.usage.written == 10_000


def test_whatever_the_sdk_can_put_into_bytes_is_sent(provider: Emulator) -> None:
    """A template's text is text, `extra_body` part of the prompt; what none can read the SDK judges."""

    class Rendered(str):
        __slots__ = ()

    seen: list[Any] = []
    runtime = quick_runtime(recorder=lambda _, plan: seen.append(plan))
    messages: Any = [{"role": "user", "content": Rendered("hello")}]
    with anthropic.Anthropic(
        api_key="k", base_url=provider.base_url, middleware=middleware(runtime=runtime), max_retries=0
    ) as claude:
        ask: Any = {"model": CLAUDE, "max_tokens": 8, "messages": messages}
        assert claude.messages.create(**ask, extra_body={"system": SYSTEM}).type == "message"
        with pytest.raises(TypeError, match="not JSON serializable"):
            claude.post("/v1/messages", body={**ask, "metadata": object()}, cast_to=object)
        assert runtime.meter.number(FAILURES, "analysis") == 1
        assert claude.models.list().data
    assert runtime.drain()
    assert [len(plan.prompt.markers) for plan in seen] == [1]


def test_retries_of_ours_end_in_the_last_answer_of_the_middleware_too() -> None:
    """The policy asks for them: one overload, then an answer, and that is what the SDK is given."""
    runtime = quick_runtime(retry=RetryPolicy(attempts=2, first=0.0, jitter=0.0))
    fault = Fault(kind="error_burst", calls=(1, 1), status=529)
    with (
        running(box(fault)) as provider,
        anthropic.Anthropic(
            api_key="k", base_url=provider.base_url, middleware=middleware(runtime=runtime), max_retries=0
        ) as claude,
    ):
        answer = claude.messages.create(
            model=CLAUDE, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": "hello"}]
        )
    assert answer.usage.cache_creation_input_tokens == 10_000


async def test_the_async_middleware_does_too(provider: Emulator) -> None:
    """The same for an event loop."""
    seen: list[Any] = []
    runtime = quick_runtime(recorder=lambda entry, _: seen.append(entry))
    async with anthropic.AsyncAnthropic(
        api_key="k", base_url=provider.base_url, middleware=middleware(runtime=runtime)
    ) as claude:
        await ask_many(claude, 2)
    assert runtime.drain()
    assert sorted(entry.outcome.usage.written for entry in seen) == [0, 10_000]


async def test_a_slow_reader_is_not_read_ahead_of() -> None:
    """Back-pressure: what the caller has not asked for has not been taken from the connection."""
    taken = 0

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal taken
            for _ in range(100):
                taken += 1
                yield b"data: {}\n\n"

    class Inner(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Endless())

    async with (
        async_client(runtime=quick_runtime(), transport=Inner()) as http,
        http.stream("POST", "http://provider/v1/messages", content=b'{"model":"m","messages":[]}') as answer,
    ):
        chunks = answer.aiter_raw()
        for asked in range(1, 5):
            await anext(chunks)
            assert taken == asked
