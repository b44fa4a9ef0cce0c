"""Worked examples from the providers' pages, with their numbers, through the official clients."""
