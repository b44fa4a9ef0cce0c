"""The form of prompt files: idempotent, and no value and no word changes."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from typing import TYPE_CHECKING

import jinja2
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from samovar.errors import MalformedBody
from samovar.lint.finding import Safety
from samovar.lint.layout.form import formed
from samovar.lint.run import lint
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

SPACES = st.text(" \t\n\r", max_size=4)
PIECES = st.sampled_from(
    [
        *(
            "You are",
            "helper",
            "Answer",
            "never.",
            "- item",
            "# Title",
            "caf\u0065\u0301",
            "e\u0301",
            "\u00a0",
            "\u2028",
        ),
        *("```", "~~~", "```python", "    code", "|a |  b|", "> quote", "1. one", "---", "<pre>", "</pre>"),
        *(
            "{{ user }}",
            "{%- if x %}",
            "{% endif -%}",
            "{# note #}",
            "{% raw %}",
            "{% endraw %}",
            "${name}",
            "{",
            "}}",
        ),
        *("\ufeff", "\u037e", "\u1fef\u1fef\u1fef", "word  word", "a", "b"),
    ]
)
PROSE = st.lists(st.one_of(PIECES, SPACES, st.text(max_size=6)), max_size=25).map("".join)
SCALARS = st.one_of(
    st.text(max_size=12), st.integers(-9, 9), st.booleans(), st.none(), st.floats(allow_nan=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
MESSY = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([" ", "\t", "\n", "\r\n", " \n"])), max_size=8
)


def words(text: str) -> list[str]:
    """Return the words that a reader sees: composed, whatever white space stands between them."""
    return unicodedata.normalize("NFC", text).split()


def shaken(text: str, noise: list[tuple[int, str]]) -> str:
    """Return the text with white space put in anywhere."""
    for at, space in noise:
        text = text[: at % (len(text) + 1)] + space + text[at % (len(text) + 1) :]
    return text


@pytest.mark.parametrize("file", ["a.md", "a.txt", "a.j2", "a.mustache"])
@given(text=PROSE)
@settings(max_examples=150, deadline=None)
@example(text="a\n\n\n\n{% if x %} \n\n\n\nb")
@example(text="``` \ncode  \n")
def test_prose_keeps_its_words_and_twice_is_once(file: str, text: str) -> None:
    """Every word stays, in order, and what is in its form stays as it is."""
    once = formed(file, text)
    assert words(once) == words(text)
    assert formed(file, once) == once


@given(
    parts=st.lists(
        st.one_of(
            SPACES,
            st.sampled_from(
                [
                    "Hello",
                    "{{ x }}",
                    "{%- if x -%}yes {%- endif %}",
                    "{% if x %} no{% endif %}",
                    "{# c #}",
                    "\n",
                    "end.",
                    "{{ x -}}",
                ]
            ),
        ),
        max_size=14,
    ),
    trim=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_a_template_renders_the_same_words(parts: list[str], trim: bool) -> None:
    """Whatever a template's settings do with white space, the rendered words are those from before."""
    text = "".join(parts)
    environment = jinja2.Environment(trim_blocks=trim, lstrip_blocks=trim, autoescape=False)  # noqa: S701  # prompts are no web pages
    before, after = (environment.from_string(each).render(x="X") for each in (text, formed("a.j2", text)))
    assert words(after) == words(before)


def _table(file: str, text: str, parse: Callable[[str], object]) -> None:
    try:
        value = parse(text)
    except (ValueError, yaml.YAMLError):
        with pytest.raises(MalformedBody):
            formed(file, text)
        return
    once = formed(file, text)
    assert repr(parse(once)) == repr(value)
    assert formed(file, once) == once


@given(value=VALUES, noise=MESSY, indent=st.sampled_from([None, 2]))
@settings(max_examples=150, deadline=None)
def test_json_keeps_its_values(value: object, noise: list[tuple[int, str]], indent: int | None) -> None:
    """Parsed, a formatted file is what it was; what is no JSON is refused."""
    _table("a.json", shaken(json.dumps(value, indent=indent), noise), json.loads)


TOML = st.lists(
    st.sampled_from(
        [
            *(
                'a = "x"',
                'b = """\nline  \n\n\n  two \\\n  three """',
                "c = '''\nraw  \n'''",
                "d = [1, 2, ",
                "]",
                "[t]",
                "[[u]]",
            ),
            *("# comment  ", 'e = "tab\\t "', "f = 1.0", "g = {h = 'i  '}", "j = 2020-01-01T00:00:00Z"),
        ]
    ),
    max_size=6,
    unique=True,
).map("\n".join)


@given(text=TOML, noise=MESSY)
@settings(max_examples=150, deadline=None)
def test_toml_keeps_its_values(text: str, noise: list[tuple[int, str]]) -> None:
    """Strings of several lines keep every space; what is no TOML is refused."""
    _table("a.toml", shaken(text, noise), tomllib.loads)


YAML = st.lists(
    st.sampled_from(
        [
            *(
                "a: |\n  x  \n  y\n",
                "b: >+\n  fold \n  ed\n\n\n",
                "c: plain\n  goes on \n",
                "d: 'quoted  \n\n  lines '\n",
            ),
            *(
                'e: "x  \\\n   y"\n',
                "f: [1, 2]  \n",
                "g: |-\n  end  ",
                "h: |+\n  kept\n \n",
                "# note  \n",
                "i:\n- j: 1\n  k: 2\n",
            ),
        ]
    ),
    max_size=5,
    unique=True,
).map("".join)


def _yaml(text: str) -> object:
    return list(yaml.safe_load_all(text))


@given(text=YAML, noise=MESSY)
@settings(max_examples=150, deadline=None)
def test_yaml_keeps_its_values(text: str, noise: list[tuple[int, str]]) -> None:
    """Block scalars keep their ends of lines and of themselves; what is no YAML is refused."""
    shown = shaken(text, noise)
    try:
        list(yaml.parse(shown, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        with pytest.raises(MalformedBody):
            formed("a.yaml", shown)
        return
    once = formed("a.yaml", shown)
    assert formed("a.yaml", once) == once
    try:
        value = _yaml(shown)
    except (ValueError, yaml.YAMLError):
        return
    assert _yaml(once) == value


TABLE = [
    ("a.md", "Title \n\nline  \nnext\n", "Title\n\nline  \nnext\n", "a hard break stays, a stray space goes"),
    ("a.md", "line    \nnext\n", "line  \nnext\n", "a hard break has two spaces"),
    ("a.md", "last  \n\nnext\n", "last\n\nnext\n", "at the end of a paragraph nothing breaks"),
    ("a.txt", "line  \nnext\n", "line\nnext\n", "plain text has no hard breaks"),
    (
        "a.md",
        "```\ncode  \n\n\n\n\nmore\t\n```\nend \n",
        "```\ncode  \n\n\n\n\nmore\t\n```\nend\n",
        "code is code",
    ),
    ("a.md", "---\nx: |\n  y  \n---\ntext \n", "---\nx: |\n  y  \n---\ntext\n", "front matter is a table"),
    ("a.j2", "a{% if x %} \nb\n", "a{% if x %} \nb\n", "a block tag's newline may be eaten"),
    ("a.j2", "a {{ x }} \nb", "a {{ x }}\nb\n", "an expression's is not"),
    ("a.j2", "{{ 'x  \n y' }} \n", "{{ 'x  \n y' }}\n", "strings in tags are values"),
    ("a.txt", "a\r\nb\rc", "a\nb\nc\n", "line ends"),
    ("a.md", "a\r\n```\r\nb \r\n```\r\n", "a\n```\nb \n```\n", "line ends of code"),
    ("a.txt", "a\n\n\n\n\nb\n\n\n", "a\n\n\nb\n", "blank lines"),
    ("a.txt", "caf\u0065\u0301\n", "café\n", "composed characters"),
    ("a.txt", "You are  a careful helper here.\n", "You are a careful helper here.\n", "doubled spaces"),
    ("a.md", "Run `git  status` and then read it.\n", None, "inline code"),
    ("a.txt", "# Role\n\nline  \nnext\n", None, "Markdown under another suffix has hard breaks"),
    ("a.txt", "run \\ \nnext\n", None, "a backslash that would escape the line's end"),
    ("a.txt", "Yours\n-- \nAnna\n", None, "the mark of a signature"),
    ("a.txt", "a\tb\t\nc\td\te\n", None, "an empty column"),
    ("a.txt", 'Write "one  two" as it stands, with both spaces.\n', None, "quoted spaces"),
    ("a.txt", "total = price  if known else nothing at all\n", None, "aligned code"),
    ("a.txt", "See `src/\n  main.py \n` for it, please.\n", None, "code in backticks over two lines"),
    ("a.md", "- one\n  goes on\n- two\n   goes on\n", None, "what goes on in a list"),
    ("a.txt", "Roses are red,\n  violets are blue,\n  sugar is sweet.\n", None, "indented lines"),
    (
        "a.md",
        "Be kind. Be brief. Ask. Wait. Then go.  Cite it.\n",
        "Be kind. Be brief. Ask. Wait. Then go. Cite it.\n",
        "a slip",
    ),
    ("a.md", "Be kind.  Be brief.  Ask.  Wait.  Then go.\n", None, "a habit"),
    ("a.txt", "get_user  reads one user, by id, quickly\nset_user  writes one user by id\n", None, "columns"),
    ("a.toml", 'a = """\nx  \n"""  \nb = 1\t\r\n', 'a = """\nx  \n"""\nb = 1\n', "strings of several lines"),
    ("a.yaml", "a: |+\n  x\n\n\n", None, "what a block scalar keeps"),
    ("a.yaml", "a: |\n  x", None, "a block scalar without a last line end has another value with one"),
    ("a.json", '{"a": 1.0, \n "b": "x  "}', '{"a": 1.0,\n "b": "x  "}\n', "numbers as they are spelt"),
    ("a.txt", "", None, "nothing"),
]


@pytest.mark.parametrize(("file", "text", "wanted", "_why"), TABLE, ids=[row[3] for row in TABLE])
def test_the_form(file: str, text: str, wanted: str | None, _why: str) -> None:
    """What each kind of file becomes; None is what it was."""
    assert formed(file, text) == (text if wanted is None else wanted)


STRUCTURE = [
    "Reply with YAML like this:\n\n```yaml\norder:\n  id: 17 \n\n\n\n\ntotal: 3\n```\n",
    'Example:\n\nif ready:\n  send(mail)\nlog("done")\n',
    "order:\n  id: 17\ntotal: 3\n",
    "order:\n id: 17\ntotal: 3\n",
    "public/\n  index.html\nsrc/\n  main.py\n",
    "Dear Ms Smith,\n  thank you.\nYours\n",
    "<example>\n  Hello there, how may I help?\n</example>\n",
    "<example>\n Hello there, how may I help?\n</example>\n",
    "{{#if a}}\n  Be kind.\n{{/if}}\n",
    "def f():\n  return quantity * price\nprint(f())\n",
    "note: |\n First line.\nnext: 1\n",
    " You are kind.\nBe brief.\n",
    "One is one.\n Two is two.\nThree is three.\n",
]


@pytest.mark.parametrize("suffix", ["md", "mdc", "txt", "prompt", "j2", "tmpl", "mustache", "hbs"])
@pytest.mark.parametrize("text", STRUCTURE)
def test_structure_stays_whatever_the_suffix(text: str, suffix: str) -> None:
    """Fences, indentation, trees and bodies say the same after formatting as before."""
    assert formed(f"a.{suffix}", text) == text


@given(text=PROSE, lines=st.lists(st.sampled_from(STRUCTURE), max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_line_that_stays_moves(text: str, lines: list[str]) -> None:
    """A line keeps the white space that it starts with."""

    def starts(shown: str) -> list[str]:
        kept = [
            line for line in shown.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip(" \t")
        ]
        return [line[: len(line) - len(line.lstrip(" \t"))] for line in kept]

    shown = text + "\n".join(lines)
    assert starts(formed("a.txt", shown)) == starts(shown)


LEADING = [
    (" You are kind.\nBe brief.\n", True),
    ("One is one.\n Two is two.\nThree is three.\n", True),
    ("One is one.\n  Two is two.\nThree is three.\n", False),
    ("Dear Ms Smith,\n thank you.\nYours\n", False),
    ("order:\n Id is 17.\ntotal: 3\n", False),
]


@pytest.mark.parametrize(("text", "told"), LEADING)
def test_a_space_before_a_sentence_is_told_and_stays(text: str, told: bool) -> None:
    """To take it away is unsafe."""
    found = lint({"a.txt": text.encode()}, Settings(select=("TX001",))).findings
    assert [each.fix is not None and each.fix.safety for each in found] == [Safety.UNSAFE] * told
    mended = text.replace(" You", "You").replace("\n Two", "\nTwo") if told else text
    assert formed("a.txt", text, unsafe=True) == mended


def test_strings_in_tables_are_composed_only_when_asked() -> None:
    """It changes a value, so it is unsafe."""
    text = '{"system": "caf\u0065\u0301"}\n'
    assert formed("a.json", text) == text
    assert formed("a.json", text, unsafe=True) == '{"system": "café"}\n'


EXCUSED = [
    "Keep <!-- samovar: ignore[TX001] the space is meant --> \nstrip\n",
    "{# samovar: ignore[whitespace-drift] columns of the old tool #}\nkeep \nstrip\n",
    "<!-- samovar: ignore-file[TX001, TX002] as it came from the customer -->\nkeep \nkeep ",
]


@pytest.mark.parametrize("text", EXCUSED)
def test_what_a_comment_excuses_is_left_alone(text: str) -> None:
    """By the formatter as by the linter, and the comment has something to excuse."""
    assert formed("a.j2", text) == text
    assert not lint({"a.j2": text.encode()}, Settings()).findings
    without = text.replace("samovar: ignore", "note: ignore")
    assert formed("a.j2", without) != without
    assert lint({"a.j2": without.encode()}, Settings()).findings


def test_a_comment_without_a_reason_excuses_nothing() -> None:
    """As everywhere."""
    assert formed("a.txt", "keep # samovar: ignore[TX001] \n") == "keep # samovar: ignore[TX001]\n"


def test_one_excused_line_does_not_excuse_the_others() -> None:
    """Findings are told together, excuses are not."""
    text = "Keep <!-- samovar: ignore[TX001] it is meant --> \n\nYou are kind. \nBe brief. \n"
    found = lint({"a.md": text.encode()}, Settings()).findings
    assert [(each.line, "lines 3, 4" in each.message) for each in found] == [(3, True)]
