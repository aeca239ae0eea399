"""The deadlines that run for one person, over all cases that are open: what calendars and people's own pages show."""

from typing import NamedTuple
from uuid import UUID

from service.cases import store
from service.cases.deadlines import Due, FilingEvent
from service.cases.gathered import gather
from service.cases.view import due_at
from service.database import Connection
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.secrets import KeyRing


class Running(NamedTuple):
    """A deadline that runs: its case, its channel, and the event recorded last."""

    case_id: UUID
    channel: Channel
    event: FilingEvent
    due: Due


async def list_running(
    connection: Connection, reporter: bytes, *, catalogue: Catalogue, keys: KeyRing
) -> list[Running]:
    """Return the deadlines that run in a reporter's open cases, case by case."""
    rows = await store.list_open_cases(connection, reporter)
    cases = await gather(connection, reporter, rows, keys=keys)
    return [
        Running(case.case_id, catalogue.channels[channel], events[-1], due)
        for case in cases
        for channel, events in case.filings.items()
        for due in due_at(channel, events, catalogue)
    ]
