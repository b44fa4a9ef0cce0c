"""What of a prompt file is code or speaks of the file, and tells nothing of a request.

Front matter belongs to the tool that reads the file; fences, elements of a page and lines of a program show
the model how something is written. A prompt that is sent may hold data in a fence, a file that is kept in a
repository holds an example there. What is filled in is another matter: a template puts documents and
questions into fences, so that slots are code only where the fence names a language of programs.
"""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple

from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.signal import line_at, line_of

_FENCE: Final = re.compile(
    r"(?m)^[ \t>]*(?:(?:[-*]|\d+\.)[ \t]+)?\\?(?P<marks>`{3,}|~{3,}|\\`\\`\\`)(?P<info>[^`\n]*)$"
)
_FRONT: Final = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
_PROGRAMS: Final = vocabulary(
    """jsx tsx js ts javascript typescript vue svelte html css scss liquid erb php python py ruby rb go
    rust rs java kotlin kt swift c cpp cs csharp sql sh bash shell zsh powershell ps1 yaml yml toml
    ini dockerfile hcl terraform graphql razor cshtml astro handlebars hbs jinja jinja2 twig blade
    dart lua perl r scala elixir clojure haskell groovy makefile cmake nginx http bicep bat diff vbnet
    fsharp xaml lex"""
)
"""Languages in which braces mean something of their own."""
_ATTRIBUTE: Final = re.compile(r"<[A-Za-z][\w.]*\b[^<>\n]*[\w-]=(?:\{`[^`\n]*)?$|^\s*[\w-]+=(?:\{`[^`\n]*)?$")
"""In front of the value of an attribute without quotation marks."""
_EVENT: Final = re.compile(r"`[a-z_]+(?:\.[a-z_]+)+`")
"""What a program calls an event, or a member of a member."""
_QUOTED: Final = re.compile(r"\bf(?:\"[^\"\n]*|'[^'\n]*)$")
"""In front of a value that a string of Python prints."""
_SHARE: Final = re.compile(r"(?m)(?:^[^\n:]{2,60}:\W{0,4}\d{1,3}\s?%[^\n]*(?:\n|$)){3,}")
_PERCENT: Final = re.compile(r"(?m)^[^\n:]{2,60}:\W{0,4}(\d{1,3})\s?%")
_WHOLE: Final = 100
"""Percent that the weights of criteria add up to."""
_LINKS: Final = re.compile(r"\W*#{1,6} [^\n]*\n+(?:[-*] \[[^\]\n]*\]\([^)\n]*\)[^\n]*(?:\n|$))+")
"""A heading over links."""
_DATED: Final = re.compile(
    r"\s*[\"']?(?:generation|creation|publication|modification|last_?mod\w*|publish\w*|creat\w*|updat\w*"
    r"|modif\w*)"
    r"_?(?:date|at|on)?[\"']?\s?:\s*[\"']?(?:19|20)\d\d-"
)
"""When a document was made or changed, as its own properties say."""
_COMPONENT: Final = re.compile(r"<[A-Z]\w*[\s>]|^\s*(?://|<!--)")
"""An element of a program's own, or a comment."""
_STATEMENT: Final = re.compile(
    r"^\s*(?:@\w[\w.]*\(|(?:async )?def \w+\(|(?:from|import) [\w.{]|(?:const|let|var|return|export) \w"
    r"|//|/\*)"
    r"|^\s*[\"']?\w+[\"']?\s?[:=]\s.*[\w\]]\(.*[,;({]\s*$|^\s*[\"']?\w+[\"']?\s?[:=].*\w\[[\"'].*[,;]\s*$"
    r"|^\s*\w+: [\w\[\]. |]+ = \w|^\s*\w+=[\w.]+\(.*,\s*$|^\s*\"\w+\": .*[,{\[]\s*$|\w\(.*\)\t"
)
"""A line of a program, or of a document of settings."""
_MEANT: Final = re.compile(
    r"(?<![{$\w])\{[A-Za-z][a-z]*[ -][a-z][\w ,'/-]*\}(?!\})"
    r"|\{\{(?![^{}]*\b(?:if|else|for|or|and|in|is)\b)[a-z]+[ -][a-z]+ [a-z]+[^{}|().]*\}\}"
)
"""A hole that only a reader can fill: its name is several words."""
_SINGLE: Final = re.compile(r"\{\w")
_FORM: Final = re.compile(
    r"\b(?:template|format|structure|layout|outputs?|exactly|save|write|document)\b", re.IGNORECASE
)
"""Words over a fenced document that the model is to write."""
_SUBJECT: Final = re.compile(
    r"\s*# .*\b(?:tests?|documentation|manual|reference|cheat ?sheet|plugins?|syntax)\b", re.IGNORECASE
)
"""The title of a page about a template language, or about what fills templates."""


_PAGES: Final = frozenset({"markdown", "md"})
_OVER: Final = 160
"""Characters in front of a fence that say what it is for."""


class Fence(NamedTuple):
    """Characters `start` to `end` of a text between two rows of marks, and the language that they name."""

    start: int
    end: int
    language: str


@functools.lru_cache(maxsize=8)
def fences(text: str) -> tuple[Fence, ...]:
    """Return the fenced blocks of a text: one is closed by as many marks as it was opened with, or more."""
    if "```" not in text and "~~~" not in text and "\\`" not in text:
        return ()
    found: list[Fence] = []
    opened: re.Match[str] | None = None
    for each in _FENCE.finditer(text):
        marks, info = each["marks"], each["info"].strip()
        if opened is None:
            opened = each
        elif marks[0] == opened["marks"][0] and len(marks) >= len(opened["marks"]) and not info:
            language = opened["info"].strip().lower().split(" ")[0].strip("{.}")
            found.append(Fence(opened.end(), each.start(), language))
            opened = None
    return tuple(found)


@functools.lru_cache(maxsize=8)
def front(text: str) -> int:
    """Return where the front matter of a text ends; 0 where it has none."""
    if not text.startswith(("---", "\ufeff---")):
        return 0
    found = _FRONT.match(text)
    return found.end() if found is not None else 0


def apart(text: str, at: int) -> bool:
    """Whether what stands at a character is front matter, fenced, or on a line of a program."""
    if at < front(text) or any(each.start <= at < each.end for each in fences(text)):
        return True
    first, last = line_at(text, at)
    if text.count("`", first, at) % 2 and _EVENT.match(text, text.rfind("`", first, at)):
        return True
    if _STATEMENT.search(text[first:last]) or _LINKS.match(text, first) or _DATED.match(text, first):
        return True
    return any(start <= at < end for start, end in _weights(text))


@functools.lru_cache(maxsize=8)
def _weights(text: str) -> tuple[tuple[int, int], ...]:
    """Return the lists of criteria whose shares make up a whole."""
    return tuple(
        found.span()
        for found in _SHARE.finditer(text)
        if sum(int(share) for share in _PERCENT.findall(found[0])) == _WHOLE
    )


def coded(text: str, start: int) -> bool:
    """Whether a slot is a piece of a program: of front matter, a fence of its language, an element."""
    if start < front(text):
        return True
    around = next((each for each in fences(text) if each.start <= start < each.end), None)
    if around is not None and (
        around.language in _PROGRAMS
        or (around.language in _PAGES and _FORM.search(text, max(0, around.start - _OVER), around.start))
        or _SUBJECT.match(text)
    ):
        return True
    first, last = line_at(text, start)
    before = text[first:start].rstrip("$")
    named = before[-1:] == "-" and not text.startswith("{{", start)
    shell = text.startswith("$", start) and not text.startswith("${", start)
    spanned = text.count("`", first, start) % 2 and (named or shell)
    if spanned or _ATTRIBUTE.search(before) or _QUOTED.search(before):
        return True
    if _MEANT.match(text, start) or (_SINGLE.match(text, start) and for_reader(text)):
        return True
    return text.startswith("{", start) and _COMPONENT.search(text[first:last]) is not None


@functools.lru_cache(maxsize=8)
def for_reader(text: str) -> bool:
    """Whether the model is to fill what stands in single braces: names of several words are among them."""
    return any(
        not found[0].startswith("{{") and not _STATEMENT.search(line_of(text, found.start()))
        for found in _MEANT.finditer(text)
    )
