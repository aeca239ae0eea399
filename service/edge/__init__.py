"""What stands between the wire and the rooms: access, limits, problems, validation, idempotency."""
