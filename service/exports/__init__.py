"""Hop 6: hands reports over to regulators, whole or not at all, in files that prove where they come from."""
