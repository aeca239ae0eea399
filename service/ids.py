"""Ids: those that sort by time, and those of reporters."""

import secrets
from datetime import datetime
from uuid import UUID


def new_id(now: datetime) -> UUID:
    """Return a UUID of version 7 (RFC 9562, section 5.7): it sorts by time and is otherwise random."""
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds << 80 | secrets.randbits(80)
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def reporter_id(pseudonym: bytes) -> int:
    """Return a reporter as a signed 64-bit number, by which its cluster is named while it is the oldest in it."""
    return int.from_bytes(pseudonym[:8], "big", signed=True)
