"""How prompts are written down: strings in tables, and what in prose must not be touched."""
