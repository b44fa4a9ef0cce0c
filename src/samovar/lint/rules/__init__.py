"""The rules, one a file; the registry lists them in order."""
