"""Gathers a case with everything that belongs to it, decrypted for its reporter: the input of views and packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ml.words import VIOLATIONS
from service.cases import store
from service.cases.deadlines import FilingEvent
from service.cases.sealing import CaseSecrets, unseal_case, unseal_event
from service.cases.statuses import FilingStatus
from service.cases.store import CaseRow, ConsentRow
from service.database import Connection
from service.days import CHINA
from service.edge.turns import Turns
from service.reports.intake import unseal
from service.reports.store import ReportRow, SupplementRow, fetch_report, list_supplements
from service.rules.respondents import Respondent
from service.rules.situation import NOTHING_SAID, Answers, Matter
from service.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A report of a case, together with its supplements."""

    report_id: UUID
    number: str
    medium: str
    occurred_at: datetime
    recorded_at: datetime
    duration_seconds: int | None
    connected: bool | None
    caller: str | None
    relation: str | None
    claimed_institution: str | None
    violations: tuple[str, ...]
    narratives: tuple[str, ...]
    callee: str | None
    time_known: bool = True

    @property
    def happened_on(self) -> date:
        """The day of the conduct (Asia/Shanghai)."""
        return self.occurred_at.astimezone(CHINA).date()


@dataclass(frozen=True, slots=True)
class GatheredCase:
    """A case, decrypted, with its consents and the events of each filing."""

    case_id: UUID
    created_at: datetime
    withdrawn_at: datetime | None
    respondent: Respondent
    secrets: CaseSecrets
    report_ids: tuple[UUID, ...]
    consents: tuple[ConsentRow, ...]
    filings: Mapping[str, tuple[FilingEvent, ...]]
    changed_at: datetime | None = None  # when respondent, statement or situation last changed
    answers: Answers = NOTHING_SAID  # what the person said about the situation

    def consent(self, channel: str) -> ConsentRow | None:
        """Return the newest consent or withdrawal for a channel; None if there is none."""
        said = [consent for consent in self.consents if consent.channel == channel]
        return said[-1] if said else None


async def gather(
    connection: Connection, reporter: bytes, rows: Sequence[CaseRow], *, keys: KeyRing
) -> list[GatheredCase]:
    """Return cases with their consents and filings, in the order of `rows`."""
    ids = [row.case_id for row in rows]
    consents: dict[UUID, list[ConsentRow]] = {case_id: [] for case_id in ids}
    for consent in await store.list_consents(connection, reporter, ids):
        consents[consent.case_id].append(consent)
    filings: dict[UUID, dict[str, list[FilingEvent]]] = {case_id: {} for case_id in ids}
    async with Turns() as turns:
        for event in await store.list_events(connection, reporter, ids):
            await turns.give_way()
            opened = unseal_event(event.sealed, keys, event.case_id)
            recorded = FilingEvent(
                FilingStatus(event.event),
                event.happened_on,
                event.recorded_at,
                opened.query_code,
                opened.note,
                Matter(event.matter) if event.matter else None,
                event.review,
            )
            filings[event.case_id].setdefault(event.channel, []).append(recorded)
    return [
        GatheredCase(
            case_id=row.case_id,
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            respondent=Respondent(row.respondent_kind),
            secrets=unseal_case(row.sealed, keys, row.case_id),
            report_ids=tuple(row.report_ids),
            consents=tuple(consents[row.case_id]),
            filings={channel: tuple(events) for channel, events in filings[row.case_id].items()},
            changed_at=row.changed_at,
            answers=Answers.model_validate_json(row.situation),
        )
        for row in rows
    ]


async def open_reports(
    connection: Connection, reporter: bytes, report_ids: Sequence[UUID], *, keys: KeyRing
) -> list[CaseReport]:
    """Return the reports of a case, the earliest conduct first; retracted ones are left out."""
    opened = []
    for report_id in report_ids:
        row = await fetch_report(connection, reporter, report_id)
        if row is not None and row.retracted_at is None:
            supplements = await list_supplements(connection, row.number, report_id)
            opened.append(_report(row, supplements, keys))
    return sorted(opened, key=lambda report: (report.occurred_at, report.number, report.report_id))


def _report(row: ReportRow, supplements: Sequence[SupplementRow], keys: KeyRing) -> CaseReport:
    parts: list[ReportRow | SupplementRow] = [row, *supplements]
    positions = {position for part in parts for position in part.violations or ()}
    callees = [unseal(part.sealed, keys, row.report_id)["callee"] for part in parts]
    institutions = [part.claimed_institution for part in parts if part.claimed_institution]
    return CaseReport(
        report_id=row.report_id,
        number=row.number,
        medium=row.medium,
        occurred_at=row.occurred_at,
        recorded_at=max(part.recorded_at for part in parts),
        duration_seconds=row.duration_seconds,
        connected=row.connected,
        caller=row.caller,
        relation=row.relation,
        claimed_institution=institutions[-1] if institutions else None,
        violations=tuple(VIOLATIONS[position] for position in sorted(positions)),
        narratives=tuple(part.narrative for part in parts if part.narrative),
        callee=next((callee for callee in reversed(callees) if callee), None),
        time_known=row.time_known,
    )
