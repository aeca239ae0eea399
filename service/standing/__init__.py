"""Hop 7: what became of numbers comes back as credit and blame of those who reported them."""
