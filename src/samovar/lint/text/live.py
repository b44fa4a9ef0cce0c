"""State that moves while a conversation goes on: what a session shows and holds, and what is said of now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.board import boards
from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.pair import pairs_of, programmed
from samovar.lint.text.signal import Signal, cleared, sentence, templated
from samovar.lint.text.state import states
from samovar.lint.text.statement import lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.text.pair import Pair
    from samovar.lint.text.statement import Line

_GIT: Final = late(
    r"(?:current branch|on branch|git ?status|branch)\s?[:=]?\s[^\n]{1,80}\n(?:[^\n]*\n){0,6}?"
    r"(?:\s*(?:status|recent commits|changes not staged|untracked files|working tree)\b"
    r"|\s{0,2}(?:[MADRCU?]{1,2})\s+[\w./-]+\.\w+)",
    re.IGNORECASE,
    words=("branch", "git", "gitstatus"),
)
_PORCELAIN: Final = late(
    r"(?:^|\n)(?: ?[MADRCU]{1,2} |\?\? )[\w./-]+(?:\n(?: ?[MADRCU]{1,2} |\?\? )[\w./-]+)+",
    mark=r"(?m)^(?: ?[MADRCU]{1,2} |\?\? )[\w./-]+$",
)
_HASHES: Final = late(
    r"(?:^|\n)(?:[`* \t-]{0,20}(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,12}`?\s\S[^\n]*(?:\n|$)){2,}",
    mark=r"\n[`* \t-]{0,20}[0-9a-f]{7,12}`?\s",
)
_TREE: Final = late(
    r"\bon branch [\w/.-]+|\bworking (?:tree|copy|directory) (?:is (?:clean|dirty)|has (?:uncommitted"
    r"|unstaged|\d+))\b"
    r"|\byou(?: are|'re) (?:now |currently )?(?:on|at|in) (?:page|step|question|level|chapter|line|room"
    r"|row) #?\d"
    r"|(?:^|\n)\W{0,4}(?:step|task|level|turn|iteration|round|attempt)\s#?\d+\s?(?:/|of|out"
    r" of)\s?\d+\W{0,2}(?=\n|$)"
    r"|\(\d+ (?:new|unread|open|pending|overdue|waiting)\)",
    re.IGNORECASE,
    words=(
        *(
            "working",
            "page",
            "step",
            "question",
            "level",
            "chapter",
            "row",
            "task",
            "turn",
            "iteration",
            "round",
        ),
        *("attempt", "new", "unread", "pending", "overdue", "waiting"),
    ),
    where="line",
)
_SUPPOSED: Final = re.compile(
    r"\b(?:if|when|whenever|whether|once|unless|until|wenn|falls|sobald|si|quand|cuando|se|quando)\b[^,]*$",
    re.IGNORECASE,
)
"""In front of what may be so."""
_LATELY: Final = late(
    r"(?:\b(?:the|your|its|my) |^)(?:last|previous|preceding|latest) (?:(?:\d+|two|three|four|five|few)"
    r" )?(?:tool |function |api )?"
    r"(?:calls?|attempts?|turns?|steps?|commands?|runs?|edits?|repl(?:y|ies)|responses?|answers?|actions?"
    r"|builds?"
    r"|deploys?|deployments?|sync|backups?|queries|searches|requests?)\b[^.\n]{0,50}?\b(?:had|were|was"
    r"|failed|returned"
    r"|timed out|did|ended|exited|crashed|got|took|succeeded|produced|repeated|cost)\b"
    r"|\byou(?:['\u2019]ve| have) (?:already |so far |now )?(?:called|used|made|spent|asked|sent|answered"
    r"|run|taken)\b"
    r"[^.\n]{0,40}\b\d+\b(?! per)"
    r"|\(\d+\s?(?:s|secs?|seconds|m|mins?|minutes|h|hrs?|hours)\s?ago\)",
    re.IGNORECASE | re.MULTILINE,
    words=("last", "previous", "preceding", "latest", "you", "ago"),
    where="line",
)
"""What a loop has seen of its own latest turns."""
_GAUGE: Final = late(
    r"[\[(]\s*\d{1,3}(?:\.\d+)?\s?%[^\]\n)]{0,40}\d\s?(?:/|of|von|de|sur)\s?\d[^\]\n)]{0,24}[\])]",
    mark=r"[\[(]\s*\d{1,3}(?:\.\d+)?\s?%",
)
"""A share and a count of something that fills."""
_LISTING: Final = late(
    r"(?:^|\n)\W{0,6}(?:[\w']+ ){0,3}?(?:directory|folder|workspace|repository|repo) (?:listing|contents"
    r"|files)"
    r"[^\n:]{0,30}:?[ \t]*\n(?P<value>[^\n]*(?:\w\.\w{1,5}|/)\b[^\n]*)",
    re.IGNORECASE,
    words=("listing", "contents", "files"),
    where="head",
)
_SHOWN: Final = (
    r"(?:(?:current|active|live|open|visible|selected|focused|recent)(?:ly)?[ _-]*(?:open[ _-]*"
    r"|selected[ _-]*|focused[ _-]*|visible[ _-]*)?"
    r"(?:documents?|doc|files?|tabs?|editors?|windows?|selection|cursor(?: position)?|page|url|screen"
    r"|buffers?"
    r"|cart|basket|page url|pull requests?|merge requests?|prs|issues?|branches|objects?|components?"
    r"|processes"
    r"|terminals?|scene|canvas|sheet|view|tasks?|todos?|alerts?|incidents?|tickets?|orders?|workspace"
    r" state|state"
    r"|status|weather|prices?|inventory|stock|git (?:branch|status|state)|branch)"
    r"|(?:(?:current|existing|all|the) )?(?:files|contents|directory (?:listing|tree|structure)|tree)"
    r" (?:in|of) (?:the |your |this )?(?:current |open )?(?:working |project |workspace )?(?:directory|folder"
    r"|workspace|project|repo(?:sitory)?|tree)"
    r"|(?:documents?|files?|tabs?|windows?|sheets?|notebooks?|buffers?) (?:currently )?(?:open|opened"
    r"|loaded|visible"
    r"|selected|checked out)(?: (?:in|on) (?:the|your|this) \w+)?"
    r"|doc(?:ument)?[ _-]?tree|dom[ _-]?tree|object[ _-]?tree|scene[ _-]?graph|(?:progress|findings"
    r"|results|notes"
    r"|completed|done|todo(?:s| list)?)(?: so far)|(?:current |open )?to-?do(?:s| list)|git (?:branch|status)"
    r"|cursor(?: position)?|currently (?:playing|viewing|editing|selected|open)|running (?:tasks|processes"
    r"|jobs))"
)
_STATE: Final = late(
    rf"(?:^|[.]\s?|[#*>\-]"
    rf" )[\"*`#\s-]{{0,4}}(?P<label>{_SHOWN})[\"*`]{{0,2}}\s?(?:\([^)\n]{{0,40}}\)\s?)?[:=]\s?[*`]{{0,2}}"
    r"(?P<value>[^\n]{1,200})",
    re.IGNORECASE | re.MULTILINE,
)
_LISTED: Final = late(
    rf"(?:#+\s|\*\*|==+\s?)?(?:your |the |my )?(?P<label>{_SHOWN})(?:\s?\([^)\n]*\))?(?:\*\*|\s?==+"
    rf"|:)?\s?\n(?:\s?\n)?"
    r"(?P<value>(?:\s*(?:[-*•]|\d+\.|\[[ x~]\]|[├└│])\s?[^\n]+\n?)+)",
    re.IGNORECASE,
)
_VIEWED: Final = late(
    r"[ \t]*(?:#+\s|\*\*|==+\s?|\[|<)?(?P<label>(?:current |live |active |open )?(?:document|editor"
    r"|session|page|scene|game"
    r"|world|canvas|device|screen|browser|terminal|board|workspace|ui)[ _-](?:state|status|snapshot))"
    r"(?:\*\*|\s?==+|\]|>)?:?[ \t]*\n"
    r"(?P<value>(?:[ \t]*(?:[-*•][ \t]*)?[\w][\w ()/-]{0,40}:[ \t]*\S[^\n]*(?:\n|$)){2,})",
    re.IGNORECASE,
)
_HEADS: Final = vocabulary(
    """current currently active live open visible selected focused recent recently files contents tree
    doctree doc document dom object scene progress findings results notes completed done todo todos git
    cursor running editor session page game world canvas device screen browser terminal board workspace ui"""
)
"""Words one of which is in every label of what a session shows."""
_CONCRETE: Final = late(
    r"[\[{]\s?[\"'\w]|[\w/\\.-]+\.[A-Za-z]{1,5}\b|\b(?:line|col(?:umn)?|row)\s?\d+|https?://"
    r"|\[[xX~ ]\]\s|\w\.\d{2,}\b|\b(?:rows?|pages?|lines?)\s\d|\(\d+\s\w+"
    r"|\d+(?:[.,]\d+)?\s?(?:°|%|€|\$|USD|EUR|px|ms)|[$€£]\s?\d|#\d+|(?:feature|fix|bugfix|release)/\w"
)
_OPEN: Final = late(
    r"(?:open|running|visible)[ _-](?:windows?|tabs?|files?|documents?|editors?|buffers?|processes)$"
)
_WORDS: Final = late(r"[\w.-]{2,24}(?:, [\w.-]{2,24}){1,12}")
_POINTED: Final = late(
    r"^(?:selection|selected(?: \w+)?|cursor(?: \w+)?|active (?:file|body|tab|window|layer|document|pane"
    r"|view|object|editor"
    r"|cell|sheet)|focused(?: \w+)?|hovered(?: \w+)?|open (?:file|document|tab|window)|current (?:tab|line"
    r"|url|page|selection"
    r"|cell|room|scene))$"
)
"""Labels of what a user points at."""
_HELD: Final = late(
    r"^(?:clipboard|changed|untracked|modified|staged|unstaged|uncommitted|deleted|(?:unsaved|uncommitted"
    r"|unstaged|staged|modified|untracked|dirty|changed) (?:files"
    r"|changes)"
    r"(?: in \d+ files?)?|selected text|last (?:command|error|exit code|output|action|keystroke)"
    r"|(?:player|robot|camera|mouse) (?:position|location|pose)|inventory|equipped|standing in)$"
)
"""Labels of what a user, a tree or a figure holds."""
_MARKED: Final = frozenset({"selected text", "selected words", "highlighted text", "clipboard contents"})
"""Labels of what a user has marked, whatever it is."""
_HELD_VALUE: Final = late(r"[\"'`\[(]|.*\w\.[a-z]{1,5}\b|.*\d|none$")
_PLACE: Final = late(r"\blines? \d|\w\.[a-z]{1,5}\b|:\d+")
_PRESENT: Final = late(
    r"\b(?:members|users|people|agents|players|staff|colleagues|participants|devices|nodes) (?:online|present"
    r"|on duty|connected|logged in|typing|in the room)$|^(?:now )?playing$|\btasks running$|^current scores$"
)
"""Labels of who or what is there just now."""
_AGED: Final = late(r"^(?:conversation|chat|history|thread|transcript) (?:length|age|size)$")
_HOLDING: Final = vocabulary(
    """selection selected cursor focused hovered clipboard unsaved uncommitted unstaged staged modified
    untracked dirty changed deleted last position location pose inventory equipped standing online present
    duty connected typing playing running scores length age size active open current room logged"""
)
"""Words one of which is in every such label."""
_SOME: Final = 2
_PHRASE: Final = 6
"""Words beyond which a value describes what is pointed at, whatever it is."""


def _constant(label: str, value: str) -> bool:
    """Whether a pair states a setting, or what a tool takes, and no reading."""
    if label.replace("-", "").endswith(("todos", "todo list")):
        return re.search(r"\[[xX ~]\]", value) is None
    return label.endswith("weather") and (value.lstrip("`").startswith("{") or not re.search(r"\d", value))


@remembered
def live_state(text: str) -> Iterator[Signal]:
    """Yield the places where a text shows a state that later requests will show differently."""
    yield from states(text)
    yield from boards(text)
    index = lines_of(text)
    for pattern, what in (
        (_GIT, "the state of a working tree"),
        (_PORCELAIN, "the state of a working tree"),
        (_HASHES, "what has happened lately"),
        (_TREE, "where a session stands"),
        (_LATELY, "what has happened lately"),
        (_GAUGE, "a counter with its limit"),
        (_LISTING, "the state of a working tree"),
    ):
        for found in pattern.finditer(text):
            start = found.start()
            said = sentence(text, start) if pattern in {_TREE, _LATELY} else ""
            if _SUPPOSED.search(said) or said.count('"') % 2:
                continue
            if not cleared(text, start) and not templated(found.group()):
                yield Signal(start, found.end(), what)
    pointed: list[Pair] = []
    for line in index.lines:
        if line.words & _HEADS:
            yield from _shown(text, line)
        if line.words & _HOLDING:
            for pair in pairs_of(text[line.start : line.end], line.start):
                if templated(pair.value) or programmed(pair.value) or cleared(text, pair.start):
                    continue
                if pair.value.lower().startswith((f"the {pair.label} ", f"a {pair.label} ")):
                    continue
                if _holds(pair):
                    yield Signal(pair.start, pair.end, "the state of a running session")
                elif (
                    _POINTED.match(pair.label)
                    and not pair.value.endswith(".")
                    and (len(words_of(pair.value)) <= _PHRASE or _CONCRETE.search(pair.value))
                ):
                    pointed.append(pair)
    if len(pointed) >= _SOME or any(_PLACE.search(pair.value) for pair in pointed):
        yield Signal(pointed[0].start, pointed[-1].end, "what the user points at")


def _shown(text: str, line: Line) -> Iterator[Signal]:
    """Yield what a line, or the list under it, shows of a session."""
    for pattern in (_STATE, _LISTED, _VIEWED):
        found = (
            pattern.search(text, line.start, line.end)
            if pattern is _STATE
            else pattern.match(text, line.start)
        )
        if found is None:
            continue
        label, value, start = found["label"].lower(), found["value"], found.start("label")
        if (
            cleared(text, start)
            or templated(value)
            or value.lower().startswith((f"the {label} ", f"a {label} "))
        ):
            continue
        told = label.endswith("so far") or (pattern is _LISTED and _OPEN.match(label)) or pattern is _VIEWED
        told = told or (
            pattern is _LISTED and label.endswith("tree") and re.search(r"\n[ \t]+\S", value) is not None
        )
        told = told or (label.startswith("running") and _WORDS.fullmatch(value.strip()))
        if (told or _CONCRETE.search(value)) and not (pattern is _STATE and _constant(label, value)):
            yield Signal(start, found.end("value"), "the state of a running session", Confidence.LIKELY)
            return


def _holds(pair: Pair) -> bool:
    """Whether a pair alone tells what is held, or who is there."""
    return (
        _PRESENT.search(pair.label) is not None
        or pair.label in _MARKED
        or (_HELD.match(pair.label) is not None and _HELD_VALUE.match(pair.value) is not None)
        or (_AGED.match(pair.label) is not None and pair.value[:1].isdigit())
    )
