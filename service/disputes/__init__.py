"""Owners of numbers: they show control of a number by a code, and dispute what is published of it."""
