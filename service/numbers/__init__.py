"""Caller IDs: parsed to one canonical key, with kind, region and carrier."""
