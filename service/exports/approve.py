"""Takes agencies' requests for exports, and the decisions of others about them."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from service.agencies.store import fetch_binding
from service.database import Connection
from service.edge.problems import (
    EXPORT_DECIDED,
    KEY_WITHOUT_AGENCY,
    NOT_FOUND,
    OWN_EXPORT,
    PERIOD_OPEN,
    PERIOD_OVERLAPS,
    QUOTA_USED,
    ProblemError,
)
from service.exports.layouts import LAYOUTS
from service.exports.schemas import ExportDecision, ExportRequest, ExportStatus
from service.exports.store import (
    Recipient,
    StoredExport,
    count_handed,
    decide_export,
    fetch_export,
    insert_export,
    list_overlapping,
    withdraw_export,
)
from service.exports.words import STATES_ZH
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry


async def ask(connection: Connection, wanted: ExportRequest, *, key_id: str, now: datetime) -> UUID:
    """Store an agency's request for an export and return its id.

    Raises key_without_agency, quota_used if nothing is left of its quota, and period_open or period_overlaps where
    subtracting two counts of persons could reveal individuals.
    """
    binding = await fetch_binding(connection, key_id)
    if binding is None:
        raise ProblemError(KEY_WITHOUT_AGENCY)
    agency = binding.agency
    if await count_handed(connection, agency.agency_id, now) >= agency.rows_per_30_days:
        raise ProblemError(QUOTA_USED, rows=agency.rows_per_30_days)
    if LAYOUTS[wanted.layout].counts_persons and wanted.legal_basis is None:
        await _check_period(connection, agency.agency_id, wanted, now)
    export_id = uuid4()
    recipient = Recipient(agency.agency_id, agency.name, binding.purpose)
    await insert_export(connection, export_id, wanted, key_id=key_id, recipient=recipient, now=now)
    entry = Entry(
        action=Action.REQUESTED,
        at=now,
        export_id=export_id,
        agency=agency.name,
        by=key_id,
        purpose_sha256=_digest(binding.purpose),
        identifies_reporters=wanted.legal_basis is not None,
        request_sha256=_digest(wanted.stored()),
    )
    await append_entry(connection, entry)
    return export_id


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def withdraw(connection: Connection, export: ExportStatus, *, by: str, now: datetime) -> None:
    """Withdraw a request, by the key that made it; doing it twice is harmless. Raises export_decided."""
    if not await withdraw_export(connection, export.export_id):
        by_now = await fetch_export(connection, export.export_id)  # somebody else may have been quicker
        state = by_now.status.state if by_now else export.state
        if state == "withdrawn":
            return
        raise ProblemError(EXPORT_DECIDED, state=state, state_zh=STATES_ZH[state])
    agency = export.agency or ""
    entry = Entry(action=Action.WITHDRAWN, at=now, export_id=export.export_id, agency=agency, by=by)
    await append_entry(connection, entry)


async def _check_period(connection: Connection, agency_id: int, wanted: ExportRequest, now: datetime) -> None:
    """Refuse counts that could be subtracted: of a period that has not ended, or that has a part in common with others."""
    if wanted.end > now:
        raise ProblemError(PERIOD_OPEN)
    overlapping = await list_overlapping(connection, agency_id, wanted)
    if overlapping:
        raise ProblemError(PERIOD_OVERLAPS, export_id=overlapping[0])


async def decide(
    connection: Connection, export_id: UUID, decision: ExportDecision, *, by: str, now: datetime
) -> StoredExport:
    """Approve or refuse an export; `by` is the id of the deciding key, or names who runs the command.

    Raises own_export if the deciding key is the requesting one or another of that agency, export_decided if the request was
    decided before.
    """
    export = await fetch_export(connection, export_id)
    if export is None:
        raise ProblemError(NOT_FOUND)
    binding = await fetch_binding(connection, by)
    if by == export.key_id or (binding is not None and binding.agency.agency_id == export.agency_id):
        raise ProblemError(OWN_EXPORT)
    if not await decide_export(connection, export_id, decision, by=by, now=now):
        state = export.status.state
        raise ProblemError(EXPORT_DECIDED, state=state, state_zh=STATES_ZH[state])
    action = Action.APPROVED if decision.decision == "approved" else Action.REFUSED
    agency = export.status.agency or ""
    await append_entry(connection, Entry(action=action, at=now, export_id=export_id, agency=agency, by=by))
    decided = await fetch_export(connection, export_id)
    if decided is None:
        raise LookupError(export_id)
    return decided
