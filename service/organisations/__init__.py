"""Organisations that proved once, to the operator, that ranges of numbers are their own; it protects none of them."""
