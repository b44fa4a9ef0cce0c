"""Scenarios that a linter finds: isolation and residency."""
