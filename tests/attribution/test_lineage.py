"""Without ids, a call goes on with the conversation whose answers it repeats."""

from __future__ import annotations

from tests.attribution.logs import STEADY, body, explained, line, tokens, usage

SAID = [f"{who} speaks of tram {i}. " * 20 for i in range(5) for who in ("The yard", "The driver")]


def test_a_window_that_slides_goes_on_with_its_conversation() -> None:
    """The oldest messages are dropped and the newest kept: a history that was rewritten, no new one."""
    lines, before = [], 0
    for i in range(4):
        request = body(*SAID[: 2 * i + 1])
        total = tokens(request)
        lines.append(line(f"c{i}", 30 * i, request, usage(before, total - before), session=None))
        before = total
    slid = body(*SAID[4:9])
    system = tokens(body("", system=STEADY)) - 1
    lines.append(line("c4", 120, slid, usage(system, tokens(slid) - system), session=None))
    found = explained(*lines).calls
    assert found[4].lineage == found[3].lineage
    assert (found[4].verdict, found[4].cause, found[4].path) == (
        "partial",
        "history-rewritten",
        "messages[0]",
    )
