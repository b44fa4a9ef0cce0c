"""Pure renderers of plain values: text, Markdown."""
