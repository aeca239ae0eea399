"""Dated contacts: calls out of telephones' logs beside those that were reported, and what they add up to."""
