"""Digest chains, key spaces and where two calls part."""
