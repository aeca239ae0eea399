"""Gives reporters what they have earned: two weeks after a number was confirmed, or when a person or an agency decided."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ml.people.standing import FirstReport, Standing, Truth, settle_claims
from service.database import Connection, Database
from service.days import date_of, day_of
from service.ids import reporter_id
from service.scoring.store import KnownNumber, Ruling, list_known
from service.standing import store
from service.standing.store import ClaimRow, Visibility


async def settle_due(database: Database, now: datetime, *, at_most: int = 500) -> int:
    """Settle numbers that are due, each in a transaction of its own; return how many."""
    async with database.connection() as connection:
        numbers = await store.list_due_settlements(connection, now, at_most=at_most)
    done = 0
    for number in numbers:

        async def work(connection: Connection, number: str = number) -> bool:
            taken = await store.take_settlement(connection, number, now)
            if taken:
                await _settle(connection, number, now)
            return taken

        done += await database.in_transaction(work)
    return done


async def _settle(connection: Connection, number: str, now: datetime) -> None:
    """Compute what reporters have earned from all that is known now; it replaces what they had earned before."""
    known = (await list_known(connection, [number])).get(number, KnownNumber(""))
    since = _owner_since(known.ruling)
    visibility = await store.fetch_visibility(connection, number, since)
    claims = await store.list_claims(connection, number, since)
    reporters = {reporter_id(claim.reporter): claim.reporter for claim in claims}
    earned = _earned(claims, known, visibility, today=day_of(now))
    await store.replace_credits(
        connection,
        number,
        list(reporters.values()),
        {reporters[reporter]: standing for reporter, standing in earned.items()},
    )


def _earned(
    claims: Sequence[ClaimRow], known: KnownNumber, visibility: Visibility, *, today: int
) -> Mapping[int, Standing]:
    """Return what each reporter has earned; nothing as long as nobody knows the truth."""
    truth = _truth(known, visibility)
    if not truth:
        return {}
    reports = [
        FirstReport(
            reporter_id(one.reporter), one.cluster, one.recorded_at.timestamp(), abusive=one.is_abusive
        )
        for one in claims
        if _stands(one, truth, visibility)
    ]
    visible_at = visibility.visible_at.timestamp() if visibility.visible_at else None
    return settle_claims(reports, truth, visible_at=visible_at, rows=known.rows, kind=known.kind, today=today)


def _stands(claim: ClaimRow, truth: Truth, visibility: Visibility) -> bool:
    """Return whether a report earns something: retracting it after its number was listed does not undo its effect."""
    if claim.retracted_at is None:
        return True
    was_listed = visibility.visible_at is not None and claim.retracted_at > visibility.visible_at
    return truth == Truth.OVERTURNED and was_listed


def _truth(known: KnownNumber, visibility: Visibility) -> Truth | None:
    """Return what is known about a number from a person, else from an agency or a filing, else from the crowd, or None."""
    ruling, finding = known.ruling, known.finding
    if ruling is not None and ruling.decision == "protected":
        return None  # this says whose the number is, not how it was used
    if ruling is not None and ruling.decision == "abusive":
        return Truth.ADJUDICATED_ABUSIVE
    if ruling is not None and ruling.decision == "cleared":
        return Truth.OVERTURNED
    if finding is not None and finding.is_abusive:
        return Truth.ADJUDICATED_ABUSIVE
    if (
        finding is not None and not visibility.is_listed
    ):  # against a listed number a person has to decide first
        return Truth.OVERTURNED
    return Truth.CROWD_CONFIRMED if visibility.is_confirmed else None


def _owner_since(ruling: Ruling | None) -> date | None:
    if ruling is None or ruling.epoch_day is None:
        return None
    return date_of(ruling.epoch_day)
