"""Invented crowds and attacks, and what the gate and the shipped model make of them."""
