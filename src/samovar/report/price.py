"""What `samovar price` says, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from samovar.record.pricing import Priced, PriceReport, Tokens, Totals


def text(report: PriceReport) -> str:
    """Return one block a call, and a block of totals when there are several."""
    blocks = [_call(record) for record in report.records]
    totals = report.totals
    if report.skipped:
        head = f"{totals.skipped} records hold no usage that is understood, and are in no sum"
        if totals.refused:
            head += f"; {totals.refused} calls were not answered, and cost nothing"
        named = [f"  {each.id} (record {each.place}): {each.reason}" for each in report.skipped[:NAMED]]
        more = [f"  and {len(report.skipped) - NAMED:,} more"] if len(report.skipped) > NAMED else []
        blocks.append("\n".join([head, *named, *more]))
    if len(report.records) > 1:
        lines = [
            f"total of {totals.requests} calls: {_counts(totals)}",
            *_classes(totals.tokens, totals.cost_by_class),
            _row("input", totals.total_input, None),
            f"  {'cost':<22} {'':>15}  {_money(totals.cost_usd)}",
        ]
        if totals.unpriced:
            lines.append(f"  {totals.unpriced} calls have no known price and are not in the sum")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


NAMED: Final = 20
"""Skipped records that are named in the text; the JSON names all."""


def _counts(totals: Totals) -> str:
    counts = {
        "hits": totals.hits,
        "misses": totals.misses,
        "without caching": totals.bypass,
        "unreported": totals.unreported,
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "hits")


def _call(record: Priced) -> str:
    lines = [f"{record.id}: {record.model or 'a model that is not named'} at {record.provider or '?'}"]
    lines += _classes(record.tokens, record.cost_by_class)
    if record.total_input is not None:
        lines.append(_row("input", record.total_input, None))
    if record.cost_usd is not None:
        lines.append(f"  {'cost':<22} {'':>15}  {_money(record.cost_usd)}")
        lines.append(f"  price of {record.price_date}: {record.price_source} ({record.price_fact})")
    if record.cause:
        lines.append(f"  cause: {record.cause}")
    return "\n".join([*lines, *(f"  note: {note}" for note in record.notes)])


def _classes(tokens: Tokens, money: dict[str, float]) -> list[str]:
    shown = [name for name, count in tokens.items() if count != 0 or name in {"uncached_input", "output"}]
    return [_row(name.replace("_", " "), tokens[name], money.get(name)) for name in shown]


def _row(name: str, count: int | None, usd: float | None) -> str:
    said = "not reported" if count is None else f"{count:,}"
    return f"  {name:<22} {said:>15}" + ("" if usd is None else f"  {_money(usd)}")


def _money(usd: float) -> str:
    return f"${usd:.6f}" if abs(usd) < 1 else f"${usd:,.2f}"
