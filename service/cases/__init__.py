"""Cases: reports gathered for authorities, what a person files with each, and what became of it."""
