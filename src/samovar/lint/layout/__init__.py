"""The layout of prompt files: what in it drifts, and how `samovar fmt` writes it."""
