"""Caller IDs, parsed into one canonical key with kind, region and carrier."""
