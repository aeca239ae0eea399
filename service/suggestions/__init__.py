"""Suggests violation types for a narrative; nothing is stored."""
