"""Beside hop 3: finds listed numbers that are likely of one hand, and gives them a common id."""
