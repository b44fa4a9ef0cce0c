"""What our pages share: the frame, the look in light and dark and in print, tables and tiles.

A page is one file: no address, nothing to load. Figures carry `data-key`, the path in the JSON document of
the same run, so that a machine can hold the page against it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CSS = """
:root{color-scheme:light dark;--ink:#1d2329;--quiet:#5b6770;--line:#d8dee3;--paper:#fff;--soft:#f5f7f8;
--ok:#1a7f4b;--warn:#9a6700;--fail:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaed;--quiet:#9aa7b1;--line:#39434b;--paper:#14181b;--soft:#1d2327;
--ok:#4cc38a;--warn:#e3b341;--fail:#ff7b72}}
@media print{:root{--ink:#000;--quiet:#444;--line:#bbb;--paper:#fff;--soft:#fff;--ok:#1a7f4b;--warn:#7a5200;
--fail:#b3261e}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2.2rem 0 .6rem}
.sub{color:var(--quiet);margin:.2rem 0 1.2rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;margin:1.2rem 0}
.tile{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;background:var(--soft)}
.tile b{display:block;font-size:1.55rem;font-variant-numeric:tabular-nums}
.tile b span{font:inherit;color:inherit}.tile>span{color:var(--quiet);font-size:.86rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--quiet);font-weight:500}
.key{color:var(--quiet);font-size:.86rem}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;margin:0 .35rem 0 .9rem;
vertical-align:-.1rem}
code{font:13px ui-monospace,monospace}
"""


def page(title: str, body: str, style: str = "", script: str = "") -> str:
    """Return a whole page; `body` is HTML already, `title` is not."""
    end = f"<script>{script}</script>" if script else ""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<link rel=icon href='data:,'><title>{text(title)}</title><style>{CSS}{style}</style>"
        f"<main>{body}</main>{end}</html>\n"
    )


def text(value: object) -> str:
    """Return a value as text of a page."""
    return escape(str(value))


def figure(path: str, value: object) -> str:
    """Return a figure that says where in the document it stands."""
    return f"<span data-key='{path}'>{text(value)}</span>"


def tile(shown: str, under: str, label: str, path: str = "") -> str:
    """Return a tile: a label, one large figure (at `path` of the document), and HTML under it."""
    large = figure(path, shown) if path else text(shown)
    return f"<div class=tile><span>{label}</span><b>{large}</b><span>{under}</span></div>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    top = f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class=scroll><table>{top}{body}</table></div>"
