"""What the operator has to know at a glance: health, what waits and since when, who may do what, model and ledger."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import Response

from service.agencies.store import list_agencies
from service.database import Connection, DatabaseUnavailableError
from service.days import CHINA
from service.decisions.store import count_reviews, list_reviews
from service.disputes.store import count_open_disputes, list_open_disputes
from service.edge.access import Scope
from service.edge.api_keys import list_keys
from service.edge.declared import Visitor
from service.edge.system import get_readiness
from service.exports.store import count_requested, list_exports
from service.ledger.sign import Notary
from service.ledger.store import count_entries
from service.ledger.watch import LedgerWatch
from service.lookup.route import LookupRoute
from service.metrics import exposition
from service.models.store import list_models
from service.pages.routes import Pages
from service.pages.staff import key_with, staff_page
from service.pages.visit import Visit
from service.scoring.store import count_changed

MOST_EXPORTS: Final = 200
REFUSALS: Final = "dunwatch_refusals"

pages = Pages()


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: how much, and since when or until when the first of it."""

    name: str
    count: int
    since: datetime | None = None
    due_on: date | None = None
    overdue: int = 0


@pages.get("/operator", Visitor.STAFF)
async def show_operation(visit: Visit) -> Response:
    """Show what is known; while the database is away, what still works."""
    key_with(visit, Scope.ADMINISTRATOR)
    lookup: LookupRoute = visit.request.state.lookup
    ready = orjson.loads((await get_readiness(visit.request, "reports")).body)
    known: dict[str, Any] = {}
    try:
        async with visit.context.database.connection() as connection:
            known = await _known(visit, connection)
        known["ledger"] = await _ledger(visit)
    except DatabaseUnavailableError:
        ready["reports"], known = "away", {}
    return staff_page(
        visit,
        "operator.html",
        ready=ready,
        age=lookup.freshness().age_seconds if ready["lookups"]["ready"] else None,
        refusals=await _refusals(visit.request),
        known=known,
        today=_today(visit),
        at=visit.now,
    )


async def _known(visit: Visit, connection: Connection) -> dict[str, Any]:
    """Return everything that the database tells."""
    return {
        "queues": await _queues(visit, connection),
        "keys": await list_keys(connection),
        "agencies": await list_agencies(connection, visit.now),
        "models": await list_models(connection),
    }


async def _queues(visit: Visit, connection: Connection) -> list[Queue]:
    reviews = await list_reviews(connection, at_most=1)
    disputes = await count_open_disputes(connection, _today(visit))
    due = await list_open_disputes(connection, at_most=1)
    asked = await list_exports(connection, state="requested", at_most=MOST_EXPORTS)
    return [
        Queue("scores", await count_changed(connection)),
        Queue("reviews", await count_reviews(connection), reviews[0].waits_since if reviews else None),
        Queue(
            "disputes",
            disputes.open,
            due[0].dispute.opened_at if due else None,
            due[0].dispute.due_on if due else None,
            disputes.overdue,
        ),
        Queue("exports", await count_requested(connection), asked[-1].status.created_at if asked else None),
    ]


async def _ledger(visit: Visit) -> dict[str, Any]:
    """Return how long the ledger is, when it was signed last, and what differs from that."""
    context = visit.context
    watch: LedgerWatch = visit.request.state.ledger
    state = await watch.state(
        context.database, Notary(context.keys.signer(), context.settings.ledger_note), visit.now
    )
    async with context.database.connection() as connection:
        size = await count_entries(connection)
    return {
        "size": size,
        "signed_at": state.checkpoints[0].signed_at if state.checkpoints else None,
        "altered": state.altered,
    }


async def _refusals(request: Request) -> list[tuple[str, int]]:
    """Return the refusals that this host's processes counted since they began, the most frequent first."""
    content = await request.state.exposition.get(
        lambda: asyncio.to_thread(exposition, request.state.context.settings.metrics_dir)
    )
    counts = await asyncio.to_thread(counted_refusals, content.decode())
    return sorted(counts.items(), key=lambda one: -one[1])[:10]


def counted_refusals(text: str) -> dict[str, int]:
    """Return how often each problem was answered, from metrics as text."""
    counts: dict[str, int] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        if family.name == REFUSALS:
            for one in family.samples:
                if one.value and one.name.endswith("_total"):
                    counts[one.labels["code"]] = int(one.value)
    return counts


def _today(visit: Visit) -> date:
    return visit.now.astimezone(CHINA).date()
