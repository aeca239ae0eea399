"""Backups: everything that must not be lost, copied at one moment, checked, and brought back elsewhere."""
