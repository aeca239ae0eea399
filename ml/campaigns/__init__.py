"""Which listed numbers are likely used by the same caller."""
