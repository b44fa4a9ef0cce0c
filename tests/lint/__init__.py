"""Tests of the rules about prompts and requests."""
