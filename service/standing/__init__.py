"""Hop 7: what was found out about numbers becomes credit or blame of the people who reported them."""
