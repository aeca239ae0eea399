"""Records what happened to a filing, with what follows from it: claims about outcomes, and new reminders."""

from typing import Final
from uuid import UUID

from fastapi import Request

from service.cases import follow_up, store, view
from service.cases.access import open_case, own_case
from service.cases.claims import claim_outcome, take_claim_back
from service.cases.deadlines import standing
from service.cases.filing_schemas import NewEvent
from service.cases.fitting import require_fit
from service.cases.gathered import gather
from service.cases.sealing import seal_event
from service.cases.statuses import FilingStatus
from service.cases.store import EventRow
from service.database import Connection
from service.edge.context import context_of
from service.edge.problems import LIMIT_REACHED, ProblemError
from service.rules.situation import Matter

MOST_EVENTS: Final = 100


async def record_event(
    connection: Connection, request: Request, *, pseudonym: bytes, case_id: UUID, channel: str, new: NewEvent
) -> None:
    """Append an event to a filing; needs a transaction. Raises the problem that fits when it may not follow."""
    context = context_of(request)
    opened = await open_case(connection, request, case_id, pseudonym=pseudonym, to_change=True)
    events = opened.case.filings.get(channel, ())
    if not standing(events):
        require_fit(opened.fits, channel)
    happened_on = follow_up.check_event(new, events, opened.today)
    review = follow_up.check_review(new, events, request.state.catalogue.channels.get(channel))
    is_correction = new.event is FilingStatus.RECORDED_IN_ERROR
    if len(events) >= MOST_EVENTS and not is_correction:
        raise ProblemError(LIMIT_REACHED, limit=MOST_EVENTS)
    row = EventRow(
        case_id=case_id,
        channel=channel,
        position=len(events) + 1,
        event=new.event.value,
        happened_on=happened_on,
        recorded_at=context.now(),
        sealed=seal_event(new, context.keys, case_id),
        matter=None if new.matter is Matter.UNKNOWN else new.matter.value,
        review=review,
    )
    await store.insert_event(connection, pseudonym, row)
    if is_correction:
        await take_claim_back(connection, correction=row, events=events)
    else:
        await claim_outcome(connection, pseudonym, event=row, reports=opened.reports)
    await _plan(connection, request, pseudonym=pseudonym, case_id=case_id, channel=channel)


async def _plan(
    connection: Connection, request: Request, *, pseudonym: bytes, case_id: UUID, channel: str
) -> None:
    """Plan anew what a filing's reporter is reminded of."""
    context = context_of(request)
    row = await own_case(connection, pseudonym, case_id)
    (case,) = await gather(connection, pseudonym, [row], keys=context.keys)
    due = view.due_at(channel, case.filings[channel], request.state.catalogue)
    planned = follow_up.reminder_times(due, context.now())
    await store.replace_reminders(connection, pseudonym, case_id=case_id, channel=channel, planned=planned)
