"""Which files are prompts: by their place and name, and by whether they speak to a model.

A repository is full of prose and tables that are no prompts. A file that is found in a folder counts only
when its place or its words say so; one that is named on a command line counts always.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.lint.source.scalar import Scalar

LANGUAGES: Final = {
    "md": "markdown",
    "markdown": "markdown",
    "mdc": "markdown",
    "txt": "text",
    "prompt": "text",
    "jinja": "jinja",
    "jinja2": "jinja",
    "j2": "jinja",
    "tmpl": "template",
    "mustache": "template",
    "hbs": "template",
    "toml": "toml",
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
}
"""What a file is written in, by its suffix."""

_PLACES: Final = re.compile(
    r"(?:^|[/_.\- ])(?:sys(?:tem)?[_-]?)?(?:prompts?|prompting|instructions?|personas?|few[_-]?shots?"
    r"|agents?|skills?"
    r"|system[_-]?messages?|llm)(?=[/_.\- ]|$)|(?:^|/)(?:CLAUDE|GEMINI|SKILL|SOUL"
    r"|copilot-instructions)[.\w-]*\.md$|"
    r"(?:^|/)\.cursor/|(?:^|/)system\.(?:md|txt)$",
    re.IGNORECASE,
)
_DOCUMENTS: Final = re.compile(
    r"(?:^|/)(?:readme[\w.-]*|changelog|release[_-]?notes?|contributing|contributors|authors|maintainers"
    r"|code[_-]of[_-]conduct|licen[cs]e[\w.-]*|copying|pull_request_template|issue_template|robots"
    r"|requirements[\w.-]*|constraints[\w.-]*|cmakelists|top_level|entry_points|dependency_links|llms"
    r"|mkdocs|package(?:-lock)?|tsconfig[\w.-]*|composer|deno|angular|jsconfig|pyproject|cargo|poetry|pdm"
    r"|samovar|openapi|swagger|docker-compose[\w.-]*|\.[\w.-]+)\.(?:md|markdown|txt|json|ya?ml|toml)$"
    r"|(?:^|/)(?:docs?|documentation|man|manuals?|wiki|website|site|adrs?|decisions|rfcs?|_?posts|blogs?|news"
    r"|changelog\.d|changesets?|licenses?|locales?|i18n|translations|fixtures|cassettes|snapshots?"
    r"|__snapshots__"
    r"|charts?|helm|terraform|ansible|roles|playbooks|migrations)/"
    r"|(?:^|/)(?-i:SUPPORT|SECURITY|HISTORY|NEWS|CHANGES|NOTICE|GOVERNANCE|INSTALL|UPGRADING|MIGRATION"
    r"|ROADMAP"
    r"|TODO|FAQ|GLOSSARY|ARCHITECTURE|DESIGN|STYLE|THANKS|CREDITS|SOURCES|RECORD"
    r"|BENCHMARKS?)[\w.-]*\.(?:md|txt)$",
    re.IGNORECASE,
)
_INNER: Final = frozenset({"md", "txt", "prompt", "system", "user", "xml"})
"""Suffixes before that of a template under which prompts are kept (`x.md.j2`); others make web pages."""
_ADDRESSED: Final = re.compile(
    r"\b(?:You are (?:an?|the|now|my)\b|You're an?\b|Your (?:task|job|role|goal|purpose|name) is\b"
    r"|Act as\b|Du bist\b"
    r"|Tu es\b|Vous êtes\b|Eres\b|As an AI\b|(?:the|this) (?:user's|user|customer's) (?:question|message"
    r"|request|query|input)"
    r"\b|(?:Respond|Reply|Answer) (?:only|in|with|to|briefly|concisely)\b|You (?:must|should|will|can"
    r"|have access)\b"
    r"|(?:Never|Always|Do not|Don't) (?:reveal|mention|answer|respond|reply|invent|guess|ask|use|give"
    r"|make)\b"
    r"|step by step\b|system prompt\b)"
    r"|^\s*(?:<\|?(?:system|user|assistant|instructions?|context|examples?|task|role)\b[^>\n]*>|(?:System"
    r"|Human|User|Assistant): )",
    re.MULTILINE,
)
_PUBLISHED: Final = re.compile(
    r"^\s*(?:!\[[^\]\n]*\]\(|\[!\[|<(?:p|div|img|h1|a)\b[^>\n]*>|```(?:sh|bash|console|shell|yaml|json"
    r"|python|js|ts|diff)\b"
    r"|\$ \w|[*-] \[[^\]\n]+\]\(|pip install |npm (?:install|i) |#+ (?:install|usage|license"
    r"|getting started"
    r"|quick ?start|contributing|table of contents|requirements|changelog|api\b|see also))"
    r"|\]\((?:\.{0,2}/|https?://)[^)\s]+\)|^(?:layout|permalink|date|sidebar_position|tags|slug): "
    r"|copyright \(c\)|"
    r"all rights reserved|[\w.-]+==\d",
    re.IGNORECASE | re.MULTILINE,
)
_KEYS: Final = re.compile(
    r"(?:^|[._\]])(?:[\w-]*prompts?(?:_?template)?|system|system_?message|instructions?|personas?"
    r"|few_?shots?|user_?template"
    r"|guidelines|preamble)(?=[.\[]|$)|(?:messages|turns|examples|few_?shots?"
    r"|conversation)\[\d+\]\.(?:content|text|user|assistant)",
    re.IGNORECASE,
)
_TOOLS: Final = re.compile(
    r"(?:^|\.)(?:input_?schema|parameters)\.(?:type|properties|\$schema)", re.IGNORECASE
)
_OTHER_SCHEMAS: Final = frozenset({"openapi", "swagger", "asyncapi", "apiVersion", "jobs", "services"})
_NAMED: Final = re.compile(
    r"^[ \t{,\-\"']*(?:[\w.]*prompts?|system|system_?message|instructions?|personas?|content)[\"']?\s*[:=]",
    re.IGNORECASE | re.MULTILINE,
)
_COMMENTED: Final = re.compile(r"^[ \t]*(?://|/\*)|[,{}\[\]]\s*(?://|/\*)|,\s*[}\]]", re.MULTILINE)
_WORDS: Final = 3
_HEAD: Final = 40_000
"""Characters from the start of a prose file in which it has to show what it is."""


def language(file: str) -> str:
    """Return what a file is written in; "" for a suffix that holds no prompts."""
    name = file.rsplit("/", 1)[-1]
    return LANGUAGES.get(name.rsplit(".", 1)[-1].lower(), "") if "." in name else ""


def placed(file: str, above: str = "") -> bool | None:
    """Return whether a path says that it is a prompt, or something else; None if it does not tell.

    `file` is the path inside the folder that was asked for, and `above` that folder's name: it may say that
    its files are prompts, and never that they are none, since somebody asked for them.
    """
    name = file.rsplit("/", 1)[-1]
    stem, _, suffix = name.rpartition(".")
    if LANGUAGES.get(suffix.lower()) == "jinja":
        inner = stem.rsplit(".", 1)[-1].lower() if "." in stem else ""
        if inner and inner not in _INNER:
            return False
    folder = f"{above}/{file[: -len(name)]}"
    if _DOCUMENTS.match(name) or (_DOCUMENTS.search(file) and not _PLACES.search(folder)):
        return False
    return True if _PLACES.search(f"{above}/{file}") else None


def is_prompt(file: str, text: str, above: str = "") -> bool:
    """Whether a prose file that was found in a folder is a prompt."""
    told = placed(file, above)
    if told is not None:
        return told
    head = text[:_HEAD]
    return _ADDRESSED.search(head) is not None or (
        language(file) in {"jinja", "text", "markdown"} and _PUBLISHED.search(head) is None
    )


def holds_prompts(scalars: Iterable[Scalar]) -> bool:
    """Whether a table has prompts among its strings, or the definitions of tools."""
    tools = False
    for scalar in scalars:
        if scalar.path.split(".", 1)[0].split("[", 1)[0] in _OTHER_SCHEMAS:
            return False
        tools = tools or _TOOLS.search(scalar.path) is not None
        if len(scalar.value.split(None, _WORDS)) >= _WORDS and (
            _KEYS.search(scalar.path) or _ADDRESSED.search(scalar.value)
        ):
            return True
    return tools


def may_hold_prompts(text: str) -> bool:
    """Whether a table that cannot be read has a name of prompts in it, and words to a model."""
    return _NAMED.search(text) is not None and _ADDRESSED.search(text) is not None


def in_another_syntax(file: str, text: str) -> bool:
    """Whether a table is one before or beside its format: a template of it, or JSON with comments."""
    return _COMMENTED.search(text) is not None if language(file) == "json" else "{{" in text or "{%" in text


def excluded(file: str, files: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the user's globs leave the file out; an empty `files` leaves out none."""
    wanted = list(files)
    return (bool(wanted) and not any(_matches(file, each) for each in wanted)) or any(
        _matches(file, each) for each in exclude
    )


def _matches(file: str, glob: str) -> bool:
    return fnmatchcase(file, glob) or (glob.startswith("**/") and fnmatchcase(file, glob[3:]))
