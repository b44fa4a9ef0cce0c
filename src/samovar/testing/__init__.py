"""The linter inside a test: what a program sends is cacheable, or the test fails and says why."""
