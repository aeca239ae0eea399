"""Takes an outcome in: kept once, a label and credit from then on, and a question to a person where it contradicts."""

from datetime import datetime

from service.database import Connection
from service.decisions.store import plan_settlement
from service.numbers.parse import parse_number
from service.outcomes.store import NewOutcome, confirm_outcomes, insert_outcome
from service.reports.store import mark_changed


async def record_outcome(connection: Connection, outcome: NewOutcome) -> bool:
    """Record an outcome; False when the same was recorded before. Needs a transaction.

    A confirmed one settles what the reporters of its number have earned, and has the number scored anew: scoring
    never lists it for that, but asks a person where verdict and outcome contradict each other.
    """
    is_new = await insert_outcome(connection, outcome)
    if is_new and outcome.confirmed_at is not None:
        await _follow(connection, outcome.number, outcome.confirmed_at)
    return is_new


async def confirm_case(connection: Connection, number: str, source_id: str, now: datetime) -> int:
    """Confirm what a filer said of the own case, from which on it counts; gives how many outcomes that were."""
    confirmed = await confirm_outcomes(connection, number, source_id, now)
    if confirmed:
        await _follow(connection, number, now)
    return confirmed


async def _follow(connection: Connection, number: str, now: datetime) -> None:
    parsed = parse_number(number)
    if parsed.scored:  # else nobody's number: no verdict, and nothing to earn
        await mark_changed(connection, number, parsed.kind)
        await plan_settlement(connection, number, now)
