"""From a report in a request to a row: whose it is, what it weighs, what of it is encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from ml.scripts import script_of
from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING
from ml.words import VIOLATIONS
from service.database import Connection
from service.ids import new_id
from service.reports import store
from service.reports.reporters_store import Reporter
from service.reports.schemas import PartnerReport, Report, Supplement
from service.reports.sources_store import Source
from service.reports.store import ClusterPart, NewReport, ReportRow, SupplementRow
from service.secrets import KeyRing

CROWD_SOURCE_ID = 0
POSITIONS = {violation: position for position, violation in enumerate(VIOLATIONS)}


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a report: pseudonym, source, cluster and weight."""

    pseudonym: bytes
    source_id: int
    cluster: int
    weight: float
    is_seasoned: bool
    is_simulated: bool = False


def crowd_author(pseudonym: bytes, reporter: Reporter, now: datetime) -> Author:
    """Return a reporter of the crowd; the weight depends on how earlier reports turned out and how many there are."""
    standing = reporter.standing
    return Author(
        pseudonym=pseudonym,
        source_id=CROWD_SOURCE_ID,
        cluster=reporter.cluster,
        weight=standing.weight(recent_numbers=reporter.recent_numbers + 1),
        is_seasoned=standing.is_seasoned(account_days=(now - reporter.created_at) / timedelta(days=1)),
    )


def partner_author(keys: KeyRing, source: Source, report: PartnerReport) -> Author:
    """Return a partner's user: the operator vouches for the source, and the report has the source's weight."""
    scope = f"source:{source.name}"
    return Author(
        pseudonym=keys.pseudonym(scope, report.reporter.encode()),
        source_id=source.source_id,
        cluster=keys.cluster(scope, (report.group or "").encode()),
        weight=source.weight,
        is_seasoned=True,
        is_simulated=source.simulated,
    )


def prepare(report: Report, author: Author, keys: KeyRing, *, now: datetime) -> NewReport:
    """Return the row of a report."""
    number, shown = report.number
    report_id = new_id(now)
    return NewReport(
        number=number.key,
        reporter=author.pseudonym,
        occurred_minute=_minute_of(report),
        report_id=report_id,
        source_id=author.source_id,
        cluster=author.cluster,
        kind=number.kind.value,
        shown=None if shown in (number.key, number.dialled) else shown,
        is_simulated=author.is_simulated,
        medium=report.medium,
        occurred_at=report.happened_at,
        time_known=report.time_known,
        recorded_at=now,
        duration_seconds=report.duration_seconds,
        connected=report.connected,
        caller=report.caller,
        claimed_institution=report.claimed_institution or None,
        relation=report.relation,
        violations=array_literal(report.violations),
        narrative=report.narrative or None,
        opinion=report.opinion,
        sealed=_seal(report, keys, report_id),
        weight=author.weight,
        evidence_weight=bare_weight(report),
        is_seasoned=author.is_seasoned,
        script=script_of(report.narrative or ""),
    )


def _minute_of(report: Report) -> datetime:
    """Return the minute that reports of one reporter and number differ by.

    A day without its hour has a moment that no minute begins with: it repeats none that was reported with its time.
    """
    minute = report.happened_at.replace(second=0, microsecond=0)
    return minute if report.time_known else minute + timedelta(seconds=1)


def array_literal(violations: Sequence[str]) -> str | None:
    """Return violation ids as a PostgreSQL array of their positions, such as `{0,4}`; None for no violation."""
    positions = sorted({POSITIONS[violation] for violation in violations})
    return "{" + ",".join(map(str, positions)) + "}" if positions else None


def prepare_supplement(
    supplement: Supplement, report: ReportRow, keys: KeyRing, now: datetime
) -> SupplementRow:
    """Return the row of a supplement; it gets its position when it is stored."""
    return SupplementRow(
        position=0,
        recorded_at=now,
        narrative=supplement.narrative or None,
        claimed_institution=supplement.claimed_institution or None,
        violations=sorted({POSITIONS[violation] for violation in supplement.violations}) or None,
        sealed=_seal(supplement, keys, report.report_id),
    )


def unseal(sealed: bytes | None, keys: KeyRing, report_id: UUID) -> dict[str, str | None]:
    """Return callee and contact of a report, decrypted."""
    if sealed is None:
        return {"callee": None, "contact": None}
    secret: dict[str, str | None] = orjson.loads(keys.unseal(sealed, report_id.bytes))
    return secret


async def retract(connection: Connection, report: ReportRow, reporter: bytes, now: datetime) -> None:
    """Retract a report: it stays stored but counts nowhere until it is made again. Doing it twice is harmless."""
    if await store.retract_report(connection, report, reporter, now):
        await recount(connection, report)


async def append_supplement(
    connection: Connection, report: ReportRow, supplement: SupplementRow, *, at_most: int
) -> int | None:
    """Append a supplement; return its position, None if there are `at_most` already."""
    position = await store.insert_supplement(connection, report, supplement, at_most=at_most)
    if position is not None and supplement.violations:
        await recount(connection, report)
    return position


async def recount(connection: Connection, report: ReportRow) -> None:
    """Compute the signals of a report's number and cluster again, and queue the number for a new verdict."""
    await store.recount(connection, [ClusterPart(report.number, report.kind, report.cluster)])


def _seal(source: Report | Supplement, keys: KeyRing, report_id: UUID) -> bytes | None:
    if not (source.callee or source.contact):
        return None
    secret = {"callee": source.callee or None, "contact": source.contact or None}
    return keys.seal(orjson.dumps(secret), report_id.bytes)


def bare_weight(report: Report | ReportRow) -> float:
    """Return what a report weighs without evidence: a message contains its number, a call leaves only a log entry."""
    return MESSAGE_OR_RECORDING if report.medium == "sms" and report.narrative else BARE_LOG
