"""Screenshots of call lists, messages, bills and chats, read into drafts that the person confirms; nothing is kept."""
