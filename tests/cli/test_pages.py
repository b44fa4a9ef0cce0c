"""Large pages are asked for whole, once, and ever more seldom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.cli.pages import AT_ONCE, LARGE, WANTED, LargePages

if TYPE_CHECKING:
    from pathlib import Path

MAPS: Final = """\
00200000-00900000 rw-p 00000000 00:00 0
00a00000-00c00000 r--p 00000000 00:00 0
00c00000-00e00000 rw-p 00000000 08:01 77    /lib/x.so
00f00000-01300000 rw-p 00000000 00:00 0     [heap]
"""


class Kernel:
    """Takes advice, and keeps it."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    def __call__(self, start: int, size: int, advice: int) -> int:
        """Agree."""
        self.asked.append((start, size, advice))
        return 0


def test_whole_pages_of_own_memory_are_asked_for_once(tmp_path: Path) -> None:
    """Of memory that is written to and of no file, what large pages cover; later only what was added."""
    kernel, maps = Kernel(), tmp_path / "maps"
    maps.write_text(MAPS)
    pages = LargePages(kernel, maps)
    pages.round()
    assert kernel.asked == [
        (0x200000, 3 * LARGE, WANTED),
        (0x200000, 3 * LARGE, AT_ONCE),
        (0x1000000, LARGE, WANTED),
        (0x1000000, LARGE, AT_ONCE),
    ]
    kernel.asked.clear()
    maps.write_text(MAPS.replace("00900000", "00a00000"))
    pages.round()
    assert kernel.asked == [(0x800000, LARGE, WANTED), (0x800000, LARGE, AT_ONCE)]


def test_it_is_asked_ever_more_seldom(tmp_path: Path) -> None:
    """In rounds 1, 2, 4, 8, 16, 32, and then in every 32nd, memory that was added is asked for."""
    kernel, maps = Kernel(), tmp_path / "maps"
    pages = LargePages(kernel, maps)
    asked = []
    for at in range(1, 100):
        maps.write_text(f"{at * LARGE:x}-{(at + 1) * LARGE:x} rw-p 00000000 00:00 0\n")
        kernel.asked.clear()
        pages.round()
        if kernel.asked:
            asked.append(at)
    assert asked == [1, 2, 4, 8, 16, 32, 64, 96]


def test_without_such_a_list_nothing_is_asked(tmp_path: Path) -> None:
    """Where no maps of memory are, rounds do nothing."""
    kernel = Kernel()
    pages = LargePages(kernel, tmp_path / "none")
    pages.round()
    pages.round()
    assert kernel.asked == []
