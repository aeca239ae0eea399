"""Hop 2: turns what is known of a number into signals, a score and a decision."""
