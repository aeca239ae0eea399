"""Pages for people: HTML from the same functions that the API's handlers call."""
