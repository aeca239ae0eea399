"""Authorities that are handed exports, and the keys that are theirs."""
