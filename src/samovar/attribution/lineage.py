"""Which calls ought to share a prefix: lineages, and the call of one's own lineage that came before.

Explicit ids decide, then what the provider was told (`metadata.user_id`, the cache key, the response to
compare with), then overlap of message blocks. Never tools, system or parameters: those are what is compared.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from samovar.attribution.turn import MAIN
from samovar.call.memo import Memo
from samovar.prefix.divergence import likeness
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.attribution.turn import Turn
    from samovar.call import Block

MESSAGES: Final = Level.MESSAGES
SPEAKING: Final = frozenset({"assistant", "tool", "model"})
"""Roles whose blocks belong to one conversation; what users say may be said twice."""
BRANCHES: Final = 8
"""Conversations kept apart under one id, one prompt or one beginning that does not tell them apart."""
TEMPLATES: Final = 500
"""Prompts, and beginnings, whose newest calls are held, to find what goes on with an edited one."""
ASKED: Final = ("summary", "summariz", "summaris", "compact", "condens")
"""Words by which a call asks for a summary."""
HANDED: Final = re.compile(
    r"(?<!write a )(?<!make a )(?<!give a )(?<!give me a )\bsummar(?:y|i[sz]ed)\b|compacted|condensed"
    r"|continued from a previous"
)
"""How a message says that it stands for an earlier conversation; one that asks for a summary does not."""


class Lineages:
    """Finds each turn's lineage and predecessor."""

    def __init__(self, capacity: int = 10_000) -> None:
        """Begin without any."""
        self._latest: Memo[str, list[Turn]] = Memo(capacity)
        self._by_response: Memo[str, str] = Memo(capacity)
        """The root of the lineage of each response."""
        self._tenants: Memo[str, str] = Memo(capacity)
        """Whose call was the first of each session id."""
        self._speech: Memo[bytes, Turn] = Memo(capacity)
        self._ends = Ends()
        self._made = 0

    def place(self, turn: Turn) -> None:
        """Set the turn's lineage, its number in it and its predecessor, or else the main conversation."""
        self._place(turn)
        if turn.predecessor is None and turn.obs.session is not None:
            turn.main = self._main_of(turn)

    def _place(self, turn: Turn) -> None:
        obs = turn.obs
        compared = self._by_response.get(obs.compares_with) if obs.compares_with else None
        if obs.session is not None:
            if turn.tenant:
                turn.session = self._session(obs.session, turn.tenant)
            key = f"{turn.session}/{obs.lineage or MAIN}"
        elif compared is not None:
            key = compared
        elif obs.conversation and obs.lineage is None and self._latest.get(f"~{obs.conversation}"):
            key = f"~{obs.conversation}"
        else:
            self._infer(turn)
            return
        self._join(turn, key, self._latest.young.get(key) or self._latest.get(key))

    def _session(self, session: str, tenant: str) -> str:
        """Return the session's name: two tenants that number theirs alike have one each."""
        owner = self._tenants.get(session)
        if owner is None:
            self._tenants.put(session, tenant)
        return session if owner is None or owner == tenant else f"{session} ({tenant})"

    def _join(self, turn: Turn, key: str, branches: list[Turn] | None) -> None:
        turn.lineage = turn.root = key
        if not branches:
            return
        compared = _answered(branches, turn.obs.compares_with)
        if compared is not None:
            before = compared
        elif turn.obs.lineage is not None and turn.obs.session is not None:
            before = branches[0]
        else:
            best: Turn | None = max(
                branches, key=lambda each: (_kinship(each, turn), not makes_summary(each))
            )
            if best is not None and turn.call is not None and not _follows(best, turn):
                best = _resumed(branches, turn)
            if best is None:
                turn.lineage = f"{key}#{len({other.lineage for other in branches})}"
                return
            before = best
            turn.lineage = before.lineage
        _follow(turn, before)

    def _infer(self, turn: Turn) -> None:
        """A call without ids goes on with the conversation whose answers it repeats."""
        votes: dict[int, tuple[int, Turn]] = {}
        known, lineage = self._speech, turn.obs.lineage
        for block in speech_of(turn):
            other = known.young.get(block) or known.get(block)
            if other is None or other.obs.session is not None or other.tenant != turn.tenant:
                continue
            if other.obs.lineage == lineage:
                count = votes.get(id(other), (0, other))[0]
                votes[id(other)] = (count + 1, other)
        before = None
        if votes:
            # One tool call may be the same in many conversations: most of the messages must come again.
            said = set(messages_of(turn))
            likely = list(votes.values())
            if len(likely) > 1:
                likely.sort(key=lambda vote: (vote[0], vote[1].index), reverse=True)
            before = next((other for _, other in likely if _mostly(other, said)), None)
        if before is None or not _goes_on(before, turn):
            before = self._ends.whole(turn) or before or self._ends.before(turn)
            if before is not None and self._ends.only_examples(before, turn):
                before = None
        if before is not None:
            turn.lineage, turn.root = before.lineage, before.root
            _follow(turn, before)
        elif turn.obs.conversation and lineage is None:
            turn.lineage = turn.root = f"~{turn.obs.conversation}"
        else:
            self._made += 1
            turn.lineage = turn.root = f"~{self._made}"

    def answered(self, turn: Turn) -> None:
        """Take in a call that the provider ran: it may be the predecessor of others."""
        obs = turn.obs
        if obs.response_id:
            self._by_response.put(obs.response_id, turn.root)
        if obs.session is None:
            for block in speech_of(turn):
                self._speech.put(block, turn)
            self._ends.answered(turn)
            if not obs.conversation or obs.lineage is not None:
                return
        key = turn.root
        branches = self._latest.young.get(key) or self._latest.get(key)
        if branches is None:
            self._latest.put(key, [turn])
            return
        aside = makes_summary(turn)
        if len(branches) == 1 and branches[0].lineage == turn.lineage and turn.goes_on and not aside:
            branches[0] = turn
            return
        # A history that was replaced is kept too, as it may have been another conversation's after all; so is
        # the one that a call sums up, which goes on from it.
        kept = (
            each for each in branches if aside or each.lineage != turn.lineage or not _kinship(each, turn)
        )
        branches[:] = [turn, *kept][:BRANCHES]

    def _main_of(self, turn: Turn) -> Turn | None:
        """Return the newest call of the session's main conversation, for lineages that share with it."""
        branches = self._latest.get(f"{turn.session}/{MAIN}")
        return branches[0] if branches else None


class Ends:
    """The newest calls of conversations without ids, by their prompt and by how they begin.

    Found through these are the calls that repeat no answer word by word: the second one of a conversation,
    since the answer that it repeats is in no prompt before, and those of a history that was edited or summed
    up.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._by: Memo[bytes, list[Turn]] = Memo(2 * TEMPLATES)
        self._asked: Memo[int, int] = Memo(20_000)
        """Histories that calls were asked with, by their digest."""

    def before(self, turn: Turn) -> Turn | None:
        """Return the call that a call without ids goes on with, though it repeats no answer known."""
        if speech_of(turn):
            return self._begun_alike(turn) or self._edited(turn)
        if turn.call is None or not _hands_over(turn):
            return None
        ended = [each for each in self._under(turn, turn.name) if speech_of(each) and not makes_summary(each)]
        return ended[0] if len({each.lineage for each in ended}) == 1 else None

    def whole(self, turn: Turn) -> Turn | None:
        """Return the longest call all of whose messages a call begins with: of two branches, its own."""
        begins = messages_of(turn)[:1]
        found = [each for each in self._under(turn, begins[0]) if _goes_on(each, turn)] if begins else []
        return max(
            found, key=lambda each: (len(messages_of(each)), each.name == turn.name, each.index), default=None
        )

    def only_examples(self, before: Turn, turn: Turn) -> bool:
        """Whether all that two calls share was never said in the log: examples that stand in every prompt.

        What follows on them in the later call is said by the user alone, and no call was asked with a
        beginning of what they share, to which the answers in it could have been given.
        """
        now, speech = messages_of(turn), set(speech_of(turn))
        pairs = zip(messages_of(before), now, strict=False)
        shared = next((i for i, (one, other) in enumerate(pairs) if one != other), 0)
        if not shared or not speech.isdisjoint(now[shared:]):
            return False
        return all(self._asked.get(digest) is None for digest in _histories(now[:shared]))

    def _begun_alike(self, turn: Turn) -> Turn | None:
        """Return the call that begins with the same message, at best one whose messages all come again."""
        now = messages_of(turn)
        said, found = set(now), []
        for each in self._under(turn, now[0] if now else b""):
            before = messages_of(each)
            if each.name != turn.name and each.site != turn.site:
                continue
            whole = _goes_on(each, turn)
            if len(before) > len(now):
                fits = len(now) > 2 and before[: len(now) - 1] == now[:-1]  # noqa: PLR2004  # a turn and an edit
            else:
                fits = whole or (len(before) < len(now) and (not speech_of(each) or _mostly(each, said)))
            if fits:
                found.append((each.name == turn.name, whole, _kinship(each, turn), each.index, each))
        if not found:
            return None
        same, *_, best = max(found)
        return best if same or len(found) == 1 else None

    def _edited(self, turn: Turn) -> Turn | None:
        """Return the first call of a conversation whose first message was edited before the second call.

        The only call of this prompt that begins almost alike, and with which nothing went on yet, is the one.
        """
        opening = _opening(turn)
        alike = [
            each
            for each in self._under(turn, turn.name)
            if not speech_of(each)
            and (likeness(_opening(each), opening) >= ALIKE or _holds(_opening(each), opening))
        ]
        return alike[0] if len(alike) == 1 else None

    def _under(self, turn: Turn, name: bytes) -> list[Turn]:
        """Return the newest calls of that prompt or beginning whose entries may still be alive."""
        return [
            each
            for each in self._by.get(name) or ()
            if each.tenant == turn.tenant
            and each.obs.lineage == turn.obs.lineage
            and turn.start - each.start <= turn.limit
        ]

    def answered(self, turn: Turn) -> None:
        """Take in a call without ids, in place of the one that it goes on with."""
        messages = messages_of(turn)
        if not messages:
            return
        for digest in _histories(messages)[-1:]:
            self._asked.put(digest, turn.index)
        before = turn.predecessor
        if before is not None and _goes_on(before, turn) and not makes_summary(turn):
            for name in {before.name, *messages_of(before)[:1]}:
                held = self._by.get(name)
                if held is not None and before in held:
                    held.remove(before)
        for name in {turn.name, messages[0]}:
            held = self._by.get(name)
            if held is None:
                self._by.put(name, [turn])
            else:
                held[:] = [turn, *held][:BRANCHES]


def _histories(messages: list[bytes]) -> list[int]:
    """Return a digest of each beginning of a history."""
    return list(accumulate(messages, lambda digest, message: hash((digest, message)), initial=0))[1:]


def _hands_over(turn: Turn) -> bool:
    """Whether a call begins with a summary in place of a conversation."""
    opening = _opening(turn)
    found = HANDED.search(opening[:SAID_SOON].lower())
    return found is not None and len(opening) >= SUMMED and not compacts(turn)


SAID_SOON: Final = 100
SUMMED: Final = 400
"""Characters within which a summary says what it is, and that it has at least."""


def _holds(text: str, part: str) -> bool:
    return len(part) >= ASKED_AT_LEAST and part in text


ASKED_AT_LEAST: Final = 40
"""Characters of a question that is known again in a template that it was put into."""


def _answered(branches: Iterable[Turn], response: str) -> Turn | None:
    """Return the call that had a response, None where it is not among these."""
    if not response:
        return None
    return next((turn for turn in branches if turn.obs.response_id == response), None)


def _follow(turn: Turn, before: Turn) -> None:
    """Link a call to the one before it; links further back are cut, so that memory stays bounded."""
    turn.predecessor = before
    turn.number = before.number + 1
    end = len(before.chain)
    turn.goes_on = 0 < end <= len(turn.chain) and turn.chain[end - 1] == before.chain[-1]
    astray = before.astray if before.setting.way == turn.setting.way else before
    turn.elsewhere = turn.astray = astray
    if astray is not None and astray is not before:
        astray.astray = None


def is_aside(lineage: str | None) -> bool:
    """Whether calls of a lineage keep a prefix warm, or are calls on the side: `warm`, `side:title`."""
    return lineage is not None and lineage.partition(":")[0] in ASIDE


ASIDE: Final = frozenset({"warm", "side"})


def compacts(turn: Turn) -> bool:
    """Whether a call makes a summary of its session's history."""
    return _compacts(turn.obs.lineage or "", turn.site)


@lru_cache(4_096)
def _compacts(lineage: str, site: str) -> bool:
    name = f"{lineage} {site}".lower()
    return any(word in name for word in ("compact", "summar", "condens"))


def compacted(earlier: Turn, later: Turn, between: Turn | None) -> bool:
    """Whether `later` carries a summary in place of the history of `earlier`.

    `between` is a compaction call that the session made in the meantime. Without one the earlier call may
    have asked for the summary, the new history may say what it is, or hold answers that nobody gave.
    """
    before, now = messages_of(earlier), messages_of(later)
    if len(now) >= len(before) or later.call is None:
        return False
    gone = set(before)
    kept = len(gone.intersection(now))
    if between is not None:
        return True
    if kept > len(before) // 2:
        return False
    fresh = [b for b in later.call.blocks if b.level is MESSAGES and b.rendered not in gone]
    if makes_summary(earlier) or any(HANDED.search(_begin_of(block)) for block in fresh[:3]):
        return True
    return not kept and any(block.role in SPEAKING for block in fresh)


def makes_summary(turn: Turn) -> bool:
    """Whether a call makes a summary, by its name or by what it asks for last."""
    last = turn.call.blocks[-1] if turn.call is not None and turn.call.blocks else None
    asked = last is not None and last.level is MESSAGES and last.kind == "text" and last.role not in SPEAKING
    return compacts(turn) or (asked and last is not None and any(each in _begin_of(last) for each in ASKED))


def _begin_of(block: Block) -> str:
    return block.text[:2000].lower()


def forks(main: Turn, turn: Turn) -> bool:
    """Whether a call of another lineage goes on with the session's main conversation: it has most of it."""
    before = messages_of(main)
    return len(before) > 1 and _kinship(main, turn) * 2 > len(set(before)) and main is not turn


def _goes_on(earlier: Turn, later: Turn) -> bool:
    """Whether a call begins with all messages of another, and has more."""
    before, now = messages_of(earlier), messages_of(later)
    return len(before) < len(now) and now[: len(before)] == before


def _mostly(earlier: Turn, said: set[bytes]) -> bool:
    """Whether half of an earlier call comes again, or its end makes up half of what is said now.

    The latter is a window that slides: the oldest messages are dropped, the newest are kept.
    """
    order = messages_of(earlier)
    before = set(order)
    again = len(before & said) * 2
    return again >= len(before) or (order[-1] in said and again >= len(said))


def speech_of(turn: Turn) -> list[bytes]:
    """Return the rendered digests of the answers that a call repeats, and of what tools said."""
    if turn.speech is None:
        said = () if turn.call is None else turn.call.blocks[turn.steady :]
        turn.speech = [
            block.rendered
            for block in said
            if block.role in SPEAKING and block.level is MESSAGES and block.rendered
        ]
    return turn.speech


def messages_of(turn: Turn) -> list[bytes]:
    """Return the rendered digests of a call's message blocks."""
    if turn.call is None:
        return []
    if turn.messages is None:
        said = turn.call.blocks[turn.steady :]
        turn.messages = [block.rendered for block in said if block.level is MESSAGES]
    return turn.messages


def _kinship(earlier: Turn, later: Turn) -> int:
    """Return how many message blocks of one call come again in the other."""
    return len(set(messages_of(earlier)).intersection(messages_of(later)))


def _follows(earlier: Turn, later: Turn) -> bool:
    """Whether a call goes on with another of the same id: it has its messages and more, or the very same.

    Two calls that begin with one question are not one conversation: agents ask for a title on the side.
    """
    before, now = messages_of(earlier), messages_of(later)
    if before == now:
        return True
    return _kinship(earlier, later) > 0 and (len(now) > len(before) or _spoke(earlier, later))


def _resumed(branches: list[Turn], turn: Turn) -> Turn | None:
    """Return the call of the same session that another goes on with, though no message is left as it was.

    The first message was edited, or the history was replaced. Agents and side calls of the session have a
    prompt or an opening of their own, and begin without answers.
    """
    count, opening = len(messages_of(turn)), _opening(turn)
    shorter = [each for each in branches if count > len(messages_of(each)) > 0]
    for each in shorter:
        if likeness(_opening(each), opening) >= ALIKE:
            return each
    if turn.name and speech_of(turn):
        for each in shorter:
            if each.name == turn.name:
                return each
    return next((each for each in branches if each.name == turn.name and compacted(each, turn, None)), None)


def _spoke(earlier: Turn, later: Turn) -> bool:
    return not set(speech_of(earlier)).isdisjoint(speech_of(later))


def continues(earlier: Turn, later: Turn) -> bool:
    """Whether `later` goes on with the conversation of `earlier`, though messages may have been changed.

    Some message comes again, or there are more of them than before, or the first is mostly the same text;
    else it is another conversation under the same id.
    """
    if _kinship(earlier, later) > 0 or len(messages_of(later)) > len(messages_of(earlier)):
        return True
    return likeness(_opening(earlier), _opening(later)) >= ALIKE


ALIKE: Final = 0.5


def _opening(turn: Turn) -> str:
    blocks = turn.call.blocks if turn.call is not None else ()
    return next((block.text for block in blocks if block.level is Level.MESSAGES), "")
