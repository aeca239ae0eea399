"""Hops 4 and 5: the feed applied to this host's memory-mapped replica, and look-ups answered from it."""
