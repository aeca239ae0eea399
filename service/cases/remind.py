"""Turns due reminders into messages to the webhooks of their reporters."""

from datetime import datetime
from typing import Final

import orjson

from service.cases.store import Reminder, take_reminders
from service.database import Connection, Database
from service.webhooks.store import insert_messages

AT_ONCE: Final = 500


async def send_reminders(database: Database, now: datetime) -> int:
    """Queue a message for every due reminder, one transaction per batch; return the number of messages."""

    async def work(connection: Connection) -> tuple[int, int]:
        taken = await take_reminders(connection, now, at_most=AT_ONCE)
        sent = [
            await insert_messages(connection, reminder.reporter, body_of(reminder, now), now=now)
            for reminder in taken
        ]
        return len(taken), sum(sent)

    total = 0
    while True:
        taken, sent = await database.in_transaction(work)
        total += sent
        if taken < AT_ONCE:
            return total


def body_of(reminder: Reminder, now: datetime) -> str:
    """Return the message: the case, the channel, the deadline and its day. It names no number and no person."""
    message = {
        "type": "case.due",
        "timestamp": now.isoformat(),
        "data": {
            "case_id": str(reminder.case_id),
            "channel": reminder.channel,
            "deadline": reminder.deadline,
            "due_on": reminder.due_on.isoformat(),
        },
    }
    return orjson.dumps(message).decode()
