"""Where moderators see what waits for a person, and decide, by the same functions as the commands."""
