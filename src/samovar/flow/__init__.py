"""What to do, as generators of effects: no IO, no clock, no randomness here."""
