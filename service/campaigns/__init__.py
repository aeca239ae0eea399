"""Beside hop 3: finds listed numbers that were probably used by the same caller, and gives them a common id."""
