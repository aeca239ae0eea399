"""Records an outcome: once, as a label for training and for credit; a person is asked where it contradicts a verdict."""

from datetime import datetime

from service.database import Connection
from service.decisions.store import plan_settlement
from service.numbers.parse import parse_number
from service.outcomes.store import NewOutcome, confirm_outcomes, insert_outcome
from service.reports.store import mark_changed


async def record_outcome(connection: Connection, outcome: NewOutcome) -> bool:
    """Record an outcome; return False if the same was recorded before. Needs a transaction.

    A confirmed one settles what the reporters of its number have earned, and has the number scored anew: scoring
    never lists it for that, but asks a person where verdict and outcome contradict each other.
    """
    is_new = await insert_outcome(connection, outcome)
    if is_new and outcome.confirmed_at is not None:
        await _follow(connection, outcome.number, outcome.confirmed_at)
    return is_new


async def confirm_case(connection: Connection, number: str, source_id: str, now: datetime) -> int:
    """Confirm what a filer said about the own case, so that it counts; return how many outcomes there were."""
    confirmed = await confirm_outcomes(connection, number, source_id, now)
    if confirmed:
        await _follow(connection, number, now)
    return confirmed


async def _follow(connection: Connection, number: str, now: datetime) -> None:
    parsed = parse_number(number)
    if not parsed.scored:  # no subscriber's number: no verdict, and nothing to earn
        return
    await mark_changed(connection, number, parsed.kind)
    await plan_settlement(connection, number, now)
