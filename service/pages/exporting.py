"""What agencies do: ask for exports, follow and download them, report outcomes, read the ledger."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import orjson
from starlette.responses import Response

from service.agencies.store import fetch_binding
from service.days import CHINA
from service.edge.access import ApiKey, Scope
from service.edge.caller import caller_of
from service.edge.declared import Body, Visitor
from service.edge.in_flight import InFlight
from service.edge.problems import BODY_TOO_LARGE, ProblemError
from service.evidence.form import FileForm
from service.evidence.passage import in_time
from service.exports.router import (
    create_export,
    get_export,
    get_export_file,
    get_manifest,
    get_signing_key,
    list_exports,
    withdraw_export,
)
from service.exports.schemas import ExportRequest
from service.ledger.router import list_log_entries
from service.outcomes.answers import Terms
from service.outcomes.filled import ReadFile, answers_of
from service.outcomes.router import read_file, record
from service.outcomes.schemas import OutcomeAnswers, Taken
from service.pages.decision_words import VERDICTS
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.staff import key_with, staff_page
from service.pages.visit import Visit

LISTED: Final = 50
LAST: Final = 2**53
FORMATS: Final = ("csv", "xlsx", "ndjson", "parquet")
FILE_BYTES: Final = 2 * 1024 * 1024
UPLOAD_SECONDS: Final = 120

pages = Pages()


@pages.get("/agency", Visitor.STAFF)
async def show_exports(visit: Visit) -> Response:
    """List the exports that the key asked for, and ask for one more."""
    return await _exports(visit)


@pages.post("/agency", Visitor.STAFF)
async def ask_for_export(visit: Visit) -> Response:
    """Ask for an export; somebody else approves it."""
    key, form = _key(visit), visit.form
    visit.again = lambda error: _exports(visit, error)
    visit.once()
    wanted = ExportRequest.model_validate(
        {
            "from": form["from"],
            "to": form["to"],
            "verdicts": form.every("verdicts"),
            "formats": form.every("formats"),
            "layout": form["layout"],
            "changes_only": bool(form["changes_only"]),
            "legal_basis": form["legal_basis"] or None,
        }
    )
    asked = await create_export(wanted, key, visit.request)
    return visit.redirect(f"/agency/{orjson.loads(asked.body)['export_id']}")


@pages.get("/agency/ledger", Visitor.STAFF)
async def show_ledger(visit: Visit) -> Response:
    """List the newest entries of the ledger, or those from a place on."""
    key = _key(visit)
    size = (await list_log_entries(key, visit.request, LAST, 1)).size
    asked = visit.request.query_params.get("start", "")[:12]
    start = int(asked) if asked.isascii() and asked.isdigit() else max(0, size - LISTED)
    found = await list_log_entries(key, visit.request, start, LISTED)
    entries = [(one, orjson.loads(one.entry)) for one in found.entries]
    return staff_page(
        visit,
        "agency_ledger.html",
        entries=entries[::-1],
        size=size,
        earlier=max(0, start - LISTED) if start else None,
    )


@pages.get("/agency/outcomes", Visitor.STAFF)
async def show_outcome_forms(visit: Visit) -> Response:
    """Ask what became of a row, or for a whole file that was filled in."""
    return _outcomes(visit)


@pages.post("/agency/outcomes", Visitor.STAFF)
async def take_outcome(visit: Visit) -> Response:
    """Record one outcome."""
    key, form = _key(visit), visit.form
    visit.again = lambda error: _outcomes(visit, _of_form(error))
    one = {name: form[name] for name in ("row_id", "result", "decided_on")} | {"note": form["note"] or None}
    answers = answers_of(OutcomeAnswers.model_validate({"outcomes": [one]}).outcomes)
    reply = await record(visit.request, key, ReadFile(answers), Terms(visit.now))
    return _recorded(visit, Taken.model_validate_json(reply.body))


@pages.post("/agency/outcomes/file", Visitor.STAFF, Body.STREAMED)
async def take_outcome_file(visit: Visit) -> Response:
    """Record the outcomes that an exported file was filled in with: all, or those that are right."""
    key = _key(visit)
    visit.again = lambda error: _outcomes(visit, error)
    content = await _received(visit, key)
    read = await read_file(visit.request, key.key_id, content)
    keeps_good = visit.request.query_params.get("accept") == "partial"
    reply = await record(visit.request, key, read, Terms(visit.now, None, keeps_good))
    return _recorded(visit, Taken.model_validate_json(reply.body))


@pages.get("/agency/{export_id}", Visitor.STAFF)
async def show_export(visit: Visit) -> Response:
    """Show how far an export is, its files, and how to check them."""
    return await _export(visit)


@pages.post("/agency/{export_id}/withdraw", Visitor.STAFF)
async def withdraw_request(visit: Visit) -> Response:
    """Withdraw a request that nobody has decided."""
    key, export_id = _key(visit), id_in_path(visit, "export_id")
    visit.again = lambda error: _export(visit, error)
    await withdraw_export(export_id, key, visit.request)
    return visit.redirect(f"/agency/{export_id}")


@pages.get("/agency/{export_id}/manifest", Visitor.STAFF)
async def get_manifest_file(visit: Visit) -> Response:
    """Send the signed manifest."""
    return await get_manifest(id_in_path(visit, "export_id"), _key(visit), visit.request)


@pages.get("/agency/{export_id}/files/{name}", Visitor.STAFF)
async def get_file_of_export(visit: Visit) -> Response:
    """Send a file of the export; the ledger notes it."""
    name = visit.request.path_params["name"]
    return await get_export_file(id_in_path(visit, "export_id"), name, _key(visit), visit.request)


def _key(visit: Visit) -> ApiKey:
    return key_with(visit, Scope.EXPORTS)


async def _exports(visit: Visit, error: ProblemError | None = None) -> Response:
    key = _key(visit)
    found = (await list_exports(key, visit.request, None, LISTED)).exports
    async with visit.context.database.connection() as connection:
        binding = await fetch_binding(connection, key.key_id)
    today = visit.now.astimezone(CHINA).date()
    return staff_page(
        visit,
        "agency.html",
        error.problem.status if error else 200,
        error=error,
        exports=found,
        binding=binding,
        verdicts=VERDICTS,
        formats=FORMATS,
        first=(today.replace(day=1) - timedelta(days=1)).replace(day=1),
        last=today.replace(day=1),
        once=visit.form["once"] or new_seed(),
    )


async def _export(visit: Visit, error: ProblemError | None = None) -> Response:
    export = await get_export(id_in_path(visit, "export_id"), _key(visit), visit.request)
    return staff_page(
        visit,
        "agency_export.html",
        error.problem.status if error else 200,
        error=error,
        export=export,
        verdicts=VERDICTS,
        public_key=(await get_signing_key(visit.request)).public_key,
    )


def _outcomes(visit: Visit, error: ProblemError | None = None, taken: Taken | None = None) -> Response:
    _key(visit)
    asked = visit.request.query_params
    counts = [asked.get(name, "")[:6] for name in ("recorded", "repeated", "unanswered")]
    return staff_page(
        visit,
        "agency_outcomes.html",
        error.problem.status if error else 200,
        error=error,
        refused=taken.refused if taken else [],
        counts=[taken.recorded, taken.repeated, taken.unanswered]
        if taken
        else [int(one) if one.isascii() and one.isdigit() else 0 for one in counts],
        is_done=taken is not None or "recorded" in asked,
        today=visit.now.astimezone(CHINA).date(),
    )


def _recorded(visit: Visit, taken: Taken) -> Response:
    """Lead to the page that says how many were recorded; what was refused besides is named at once."""
    if taken.refused:
        return _outcomes(visit, taken=taken)
    counts = f"recorded={taken.recorded}&repeated={taken.repeated}&unanswered={taken.unanswered}"
    return visit.redirect(f"/agency/outcomes?{counts}")


def _of_form(error: ProblemError) -> ProblemError:
    """Return a problem whose fields have the names that the form has."""
    fields = [replace(one, field=one.field.removeprefix("outcomes[0].")) for one in error.fields]
    return ProblemError(error.problem, fields=fields, headers=error.headers, **error.values)


async def _received(visit: Visit, key: ApiKey) -> bytes:
    """Return the file of a form, of at most 2 MB, that comes within two minutes."""
    too_large = ProblemError(BODY_TOO_LARGE, limit=FILE_BYTES)
    form = FileForm(visit.request, at_most=FILE_BYTES, too_large=too_large)
    content = bytearray()
    uploads: InFlight = visit.request.state.uploads
    with uploads.admit(key.key_id.encode(), caller_of(visit.request).network) as place:
        async for piece in in_time(place, form.pieces(), seconds=UPLOAD_SECONDS):
            content += piece
            if len(content) > FILE_BYTES:
                raise too_large
    return bytes(content)
