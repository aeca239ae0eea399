"""Disputes and requests for exports that wait for a moderator."""

from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from service.agencies.store import fetch_binding
from service.days import CHINA
from service.edge.access import Scope
from service.edge.declared import Visitor
from service.edge.problems import ProblemError
from service.edge.validation import validation_problem
from service.exports.router import decide_export, list_export_requests
from service.exports.schemas import ExportDecision
from service.moderation.router import decide_dispute, get_any_dispute, get_any_proof, list_open_disputes
from service.moderation.schemas import DisputeDecision
from service.pages.decision_words import GROUNDS, OUTCOMES, REJECTED, SAYS, VERDICTS
from service.pages.in_words import for_people
from service.pages.looking_up import sealed_number
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.staff import key_with, staff_page
from service.pages.visit import Visit

LISTED = 50

pages = Pages()


@pages.get("/staff/disputes", Visitor.STAFF)
async def show_open_disputes(visit: Visit) -> Response:
    """List the disputes that wait, those first that are due first."""
    key = key_with(visit, Scope.MODERATOR)
    found = (await list_open_disputes(visit.request, key, LISTED)).disputes
    return staff_page(
        visit,
        "staff_disputes.html",
        disputes=found,
        grounds=GROUNDS,
        verdicts=VERDICTS,
        today=visit.now.astimezone(CHINA).date(),
        is_done="done" in visit.request.query_params,
    )


@pages.get("/staff/disputes/{dispute_id}", Visitor.STAFF)
async def show_any_dispute(visit: Visit) -> Response:
    """Show everything about a dispute, and the form that decides it."""
    return await _dispute(visit)


@pages.post("/staff/disputes/{dispute_id}", Visitor.STAFF)
async def settle(visit: Visit) -> Response:
    """Decide a dispute; the next that is due comes up."""
    key = key_with(visit, Scope.MODERATOR)
    form = visit.form
    outcome = form["outcome"]
    visit.once()
    try:
        wanted = DisputeDecision.model_validate(
            {
                "outcome": outcome and ("rejected" if outcome == REJECTED.value else "upheld"),
                "decision": None if outcome in ("", REJECTED.value) else outcome,
                "reason": form["reason"] or SAYS.get(outcome, ""),
                "owner_since": form["owner_since"] or None,
            }
        )
        await decide_dispute(id_in_path(visit, "dispute_id"), wanted, visit.request, key)
    except ValidationError as error:
        return await _dispute(visit, validation_problem(error.errors(include_url=False)))
    except ProblemError as error:
        return await _dispute(visit, error)
    waiting = (await list_open_disputes(visit.request, key, 1)).disputes
    if waiting:
        return visit.redirect(f"/staff/disputes/{waiting[0].dispute_id}?done=1")
    return visit.redirect("/staff/disputes?done=1")


@pages.get("/staff/disputes/{dispute_id}/proofs/{proof_id}", Visitor.STAFF)
async def get_proof_file(visit: Visit) -> Response:
    """Send a file that the owner attached."""
    key = key_with(visit, Scope.MODERATOR)
    return await get_any_proof(
        id_in_path(visit, "dispute_id"), id_in_path(visit, "proof_id"), visit.request, key
    )


@pages.get("/staff/exports", Visitor.STAFF)
async def show_export_requests(visit: Visit) -> Response:
    """List the requests for exports that wait."""
    return await _exports(visit)


@pages.post("/staff/exports/{export_id}", Visitor.STAFF)
async def settle_export(visit: Visit) -> Response:
    """Approve or refuse a request, with the reason that its agency reads."""
    key = key_with(visit, Scope.MODERATOR)
    try:
        decision = ExportDecision.model_validate(
            {"decision": visit.form["decision"], "reason": visit.form["reason"]}
        )
        await decide_export(id_in_path(visit, "export_id"), decision, key, visit.request)
    except ValidationError as error:
        return await _exports(visit, validation_problem(error.errors(include_url=False)))
    except ProblemError as error:
        return await _exports(visit, error)
    return visit.redirect("/staff/exports?done=1")


async def _dispute(visit: Visit, error: ProblemError | None = None) -> Response:
    key = key_with(visit, Scope.MODERATOR)
    dispute = await get_any_dispute(id_in_path(visit, "dispute_id"), visit.request, key)
    return staff_page(
        visit,
        "staff_dispute.html",
        error.problem.status if error else 200,
        error=error and for_people(error),
        dispute=dispute,
        q=sealed_number(visit, dispute.number),
        grounds=GROUNDS,
        verdicts=VERDICTS,
        choices=OUTCOMES,
        once=new_seed(),
        today=visit.now.astimezone(CHINA).date(),
        is_done="done" in visit.request.query_params,
    )


async def _exports(visit: Visit, error: ProblemError | None = None) -> Response:
    key = key_with(visit, Scope.MODERATOR)
    found = (await list_export_requests(key, visit.request, "requested", LISTED)).exports
    async with visit.context.database.connection() as connection:
        binding = await fetch_binding(connection, key.key_id)
    wrong: Any = visit.request.path_params.get("export_id") if error else None
    return staff_page(
        visit,
        "staff_exports.html",
        error.problem.status if error else 200,
        error=error and for_people(error),
        exports=found,
        verdicts=VERDICTS,
        own_agency=binding.agency.name if binding else None,
        wrong=wrong,
        is_done="done" in visit.request.query_params,
    )
