"""Tests of the linter inside a test."""
