"""The rights that the page names are enough, each of them is needed, and without them it is said once."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
import redis

from samovar.coordination import Limit, Limits, Newsroom
from samovar.coordination.port import CountKey, DigestKey, StoreFailed
from samovar.coordination.redis_store import RedisStore
from samovar.coordination.talk import Talk
from samovar.flow.steps import Boundary, Debit, Grant, Lease, Left, Line, Receipt, Report, Settle, Tell
from samovar.rates import Demand
from tests.coordination.redis_server import RedisServer
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.service("redis")

PAGE = (ROOT / "docs" / "protect.md").read_text("utf-8")
(RIGHTS,) = re.findall(r"^ACL SETUSER app on >PASSWORD (.*)$", PAGE, re.MULTILINE)
COMMANDS = [right for right in RIGHTS.split() if right.startswith("+")]
PLAIN = [right[1:] for right in COMMANDS if right not in {"+evalsha", "+script|load"}]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """Return a server for all of these."""
    with RedisServer() as running:
        yield running


def user(server: RedisServer, rights: str) -> RedisStore:
    """Return a store whose user has these rights and no others."""
    with redis.Redis.from_url(server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "app", "reset", "on", ">pw", *rights.split())
    limits = {"a": Limits(Limit.per_minute(60), None, None)}
    url = server.url.replace("//", "//app:pw@")
    return RedisStore(url, Talk(Newsroom(), limits_of=limits))


def use(store: RedisStore) -> None:
    """Do all that there is to do, and hear of it."""
    store.do(DigestKey(b"\x01" * 32))
    grant = store.do(Lease((Boundary(b"b" * 16, 2_000, 300.0),)))
    assert isinstance(grant, Grant)
    (fence,) = grant.fences
    store.do(Tell((Line(b"b" * 16, fence, Report.LANDED, 300.0),)))
    store.do(Tell((Line(b"b" * 16, fence, Report.FAILED, 300.0),)))
    store.do(Debit("a", Demand(1, 0, 0)))
    heard = store.newsroom.edition()
    store.do(Settle(Receipt("a", Demand(1, 0, 0)), Demand(1, 0, 0), Left(pause=60.0)))
    assert store.newsroom.later(b"a", heard)
    store.do(CountKey(b"k" * 16))


def test_the_rights_that_the_page_names_are_enough(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """For every step, and for hearing the news."""
    store = user(server, RIGHTS)
    try:
        use(store)
        with redis.Redis.from_url(server.url) as admin:
            until = time.monotonic() + 10
            while not admin.pubsub_numsub(store.talk.channel)[0][1]:
                assert time.monotonic() < until
    finally:
        store.close()
    assert not caplog.messages


@pytest.mark.parametrize("lacking", PLAIN)
def test_each_of_them_is_needed_and_is_said_before_anything_is_done(
    server: RedisServer, lacking: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By its name, once however often it fails; no flight is left half begun."""
    store = user(server, RIGHTS.replace(f"+{lacking}", ""))
    with redis.Redis.from_url(server.url) as admin:
        admin.flushdb()
        for _ in range(2):
            with pytest.raises(StoreFailed, match=lacking):
                store.do(Lease((Boundary(b"b" * 16, 2_000, 300.0),)))
        assert not admin.keys()
        (said,) = caplog.messages
        assert lacking in said
        assert "{samovar}:news" in said
        # What is granted later is found out.
        admin.execute_command("ACL", "SETUSER", "app", f"+{lacking}")
    assert isinstance(store.do(Lease((Boundary(b"b" * 16, 2_000, 300.0),))), Grant)
    store.close()


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (RIGHTS.replace("&{samovar}:news", ""), "publish subscribe"),
        (RIGHTS.replace("+evalsha", ""), "evalsha"),
        (RIGHTS.replace("~{samovar}:*", "~other:*"), "evalsha"),
        ("off", "user or the password"),
    ],
)
def test_without_a_channel_or_at_all_it_is_said_too(
    server: RedisServer, rights: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A user since Redis 7 has no channel unless told so."""
    store = user(server, rights)
    for _ in range(2):
        with pytest.raises(StoreFailed):
            store.do(Lease((Boundary(b"b" * 16, 2_000, 300.0),)))
    (line,) = caplog.messages
    assert said in line
    assert "pw" not in line
    store.close()
