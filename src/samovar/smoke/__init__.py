"""The smoke check: a changed prompt, rendered and tried on a provider in a box beside what is committed."""
