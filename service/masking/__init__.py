"""Personal identifiers in texts: found, checked and masked."""
