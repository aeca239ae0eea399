"""Authorities that receive exports, and the API keys that are bound to them."""
