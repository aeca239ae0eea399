"""Whether a source of reports may confirm numbers by itself: the operator decides that by name, with a reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ml.words import UNSCORED_KINDS
from service.database import Connection
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry
from service.reports.intake import CROWD_SOURCE_ID
from service.reports.sources_store import Source
from service.reports.store import QUERIES

QUEUED_AT_ONCE = 2000


class Vetting(StrEnum):
    """What the operator decided about a source."""

    UNDECIDED = (
        "undecided"  # nothing yet: its reports lead to `suspected` at most, and `dunwatch serve` names it
    )
    VETTED = "vetted"
    UNVETTED = "unvetted"  # its reports lead to `suspected` at most


@dataclass(frozen=True, slots=True)
class VettingDecision:
    """A decision about a source: what, why, by whom and when. Every agency can read it in the ledger."""

    vetting: Vetting
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VettingRow:
    """A source, and what the operator decided about it."""

    name: str
    vetting: str
    vetting_reason: str | None
    vetting_at: datetime | None


async def decide_vetting(connection: Connection, source: Source, decision: VettingDecision) -> None:
    """Store a decision and record it in the ledger; needs a transaction. Upkeep then queues the source's numbers."""
    if source.source_id == CROWD_SOURCE_ID:
        raise ValueError("the crowd is no source to vet: its reporters stand for themselves")
    await connection.execute(
        QUERIES["decide_vetting"], source.source_id, decision.vetting, decision.reason, decision.at
    )
    action = Action.VETTED if decision.vetting is Vetting.VETTED else Action.UNVETTED
    entry = Entry(action=action, at=decision.at, by=decision.by, source=source.name, reason=decision.reason)
    await append_entry(connection, entry)


async def list_vetting(connection: Connection) -> list[VettingRow]:
    """Return all sources but the crowd, by name."""
    return [VettingRow(**row) for row in await connection.fetch(QUERIES["list_vetting"])]


async def queue_numbers(connection: Connection) -> None:
    """Queue the numbers of sources about which was decided anew, in short statements: reports use the same queue.

    What a crash leaves undone, the next call does from the start.
    """
    for source_id, decided_at in await connection.fetch(QUERIES["list_unscored_sources"]):
        last: str | None = ""
        while last is not None:
            last = await connection.fetchval(
                QUERIES["queue_next_of_source"], sorted(UNSCORED_KINDS), last, QUEUED_AT_ONCE, source_id
            )
        await connection.execute(QUERIES["finish_rescoring"], source_id, decided_at)
