"""A text as statements: its lines, cut into sentences, with the words of each."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD: Final = re.compile(r"[^\W\d_]+")
_END: Final = re.compile(r"[.!?;][\"')\]*]{0,2}\s+(?=\S)|[\u3002\uff01\uff1f\uff1b]")
"""Where a sentence may end and another begin on the same line."""
_SHORT: Final = re.compile(
    r"\b(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Nn][or]|[Ss]t|e\.g|i\.e|z\.B|ca|approx|vs|[ap]\.m|temp|min"
    r"|max|incl)\.$"
)
"""Short words whose full stop ends no sentence."""


_MONTH: Final = re.compile(
    r"(?:jan|feb|m[aä]r|apr|ma[ijy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zäûé]*\b", re.IGNORECASE
)
"""Behind a number and a full stop a month goes on with a date."""
FAR: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
"""Scripts that part no words, or part them otherwise."""
CUES: Final = {
    **dict.fromkeys(
        ("現在", "当前", "目前", "现在", "ただいま", "只今", "今は", "今、", "현재", "지금"), "now"
    ),
    **dict.fromkeys(("今日", "本日", "今天", "오늘"), "today"),
    **dict.fromkeys(("残り", "剩余", "남은"), "remaining"),
    **dict.fromkeys(("在庫", "库存", "재고"), "stock"),
    **dict.fromkeys(("残高", "余额", "잔액"), "balance"),
    **dict.fromkeys(("天気", "天气", "날씨"), "weather"),
    **dict.fromkeys(("気温", "气温", "기온"), "temperature"),
    **dict.fromkeys(("待ち", "排队", "等待", "대기"), "queue"),
    **dict.fromkeys(("停止", "障害", "故障", "장애"), "stopped"),
    **dict.fromkeys(("空席", "空室", "空位"), "seats"),
    **dict.fromkeys(("必ず", "必须", "常に", "总是", "항상", "ください", "请", "반드시"), "must"),
    **dict.fromkeys(("場合", "如果", "もし", "경우"), "if"),
    **dict.fromkeys(("例えば", "例如", "예를"), "example"),
    **dict.fromkeys(("営業時間", "营业时间", "영업시간", "から", "まで"), "until"),
    **dict.fromkeys(("利用者", "ユーザー", "お客様", "顧客", "用户", "客户", "사용자", "고객"), "user"),
    **dict.fromkeys(("時刻", "日時", "时间", "시각", "시간"), "time"),
    **dict.fromkeys(("セッション", "会话", "세션"), "session"),
    **dict.fromkeys(("リクエスト", "请求", "요청"), "request"),
}
"""Pieces of words of such scripts, and the English word of the lexicon that they stand for."""


class Line(NamedTuple):
    """Characters `start` to `end` of a text, without the line feed."""

    start: int
    end: int
    words: frozenset[str]
    """The words in lower case, letters only."""
    digit: bool
    """Whether a digit stands in it."""


class Statement(NamedTuple):
    """A sentence: characters `start` to `end` of a text, and its words in lower case, in order."""

    start: int
    end: int
    words: tuple[str, ...]


class Lines(NamedTuple):
    """The lines of a text, and which of them hold a word."""

    lines: tuple[Line, ...]
    words: frozenset[str]
    """Every word of the text, in lower case."""
    digit: bool


_DIGIT: Final = re.compile(r"\d")


@functools.lru_cache(maxsize=4)
def lines_of(text: str) -> Lines:
    """Return the lines of a text that are not empty."""
    found = []
    every: set[str] = set()
    digits = False
    at = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            words = frozenset(words_of(line))
            digit = _DIGIT.search(line) is not None
            digits = digits or digit
            every |= words
            found.append(Line(at, at + len(line), words, digit))
        at += len(line) + 1
    return Lines(tuple(found), frozenset(every), digits)


def statements(text: str, line: Line) -> Iterator[Statement]:
    """Yield the sentences of a line."""
    start = line.start
    for end in _END.finditer(text, line.start, line.end):
        if text[end.start()] == "." and (
            _SHORT.search(text, max(start, end.start() - 8), end.start() + 1)
            or (text[end.start() - 1 : end.start()].isdigit() and _MONTH.match(text, end.end()))
        ):
            continue
        yield Statement(start, end.start(), words_of(text[start : end.start()]))
        start = end.end()
    yield Statement(start, line.end, words_of(text[start : line.end]))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, in order; digits, marks and underscores part them."""
    words = _WORD.findall(text.lower())
    if not text.isascii() and FAR.search(text):
        words = [*(cue for piece, cue in CUES.items() if piece in text), *words]
    return tuple(words)
