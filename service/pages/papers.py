"""The papers for one channel: consent first, then the form field by field, the statement, and the files to take along."""

from uuid import UUID

from starlette.responses import Response

from service.cases import router as cases
from service.cases.fitting import require_fit
from service.cases.package import PDF, write_document
from service.cases.package_router import get_package
from service.cases.papers import CaseForChannel, Papers, open_for_channel
from service.cases.schemas import NewConsent
from service.edge.caller import caller_of
from service.edge.declared import Visitor
from service.edge.in_flight import InFlight
from service.edge.problems import CONSENT_MISSING, CONSENT_TEXT_OUTDATED, ProblemError
from service.host.beside import Asker
from service.pages.cases import case_values, own_opened, shown_case
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.signing_up import new_seed
from service.pages.visit import Visit

#: How WeChat's browser names itself: it downloads nothing.
WECHAT = "MicroMessenger"

pages = Pages()


@pages.get("/cases/{case_id}/papers/{channel}", Visitor.REPORTER)
async def show_papers(visit: Visit) -> Response:
    """Show the text to consent to; after that the form to copy from, and what can be printed or downloaded."""
    opened = await own_opened(visit)
    channel = _channel(visit)
    fit = require_fit(opened.fits, channel)
    shown = shown_case(visit, opened)
    fitting = next(one for one in shown.channels if one.channel == channel)
    papers = None
    if fitting.has_consent and shown.withdrawn_at is None:
        papers, _ = await _papers(visit)
    return visit.page(
        "papers.html",
        **case_values(visit, opened, shown),
        channel=fit.step.channel,
        fitting=fitting,
        papers=papers,
        once=new_seed(),
        is_wechat=WECHAT in visit.request.headers.get("user-agent", ""),
    )


@pages.post("/cases/{case_id}/papers/{channel}", Visitor.REPORTER)
async def give_consent(visit: Visit) -> Response:
    """Note that the person read the text and wants the papers."""
    case_id, channel = _case(visit), _channel(visit)
    new = NewConsent.model_validate({"channel": channel, "text_version": visit.form["text_version"]})
    visit.once()
    try:
        await cases.give_consent(case_id, new, visit.request, Response(), visit.pseudonym)
    except ProblemError as error:
        if error.problem is not CONSENT_TEXT_OUTDATED:  # else the next page has the new text
            raise
    return visit.redirect(f"/cases/{case_id}/papers/{channel}")


@pages.post("/cases/{case_id}/papers/{channel}/stop", Visitor.REPORTER)
async def take_consent_back(visit: Visit) -> Response:
    """Note that the person wants no more papers for the channel."""
    await cases.withdraw_consent(_case(visit), _channel(visit), visit.request, visit.pseudonym)
    return visit.redirect(f"/cases/{_case(visit)}")


@pages.get("/cases/{case_id}/papers/{channel}/statement", Visitor.REPORTER)
async def show_statement(visit: Visit) -> Response:
    """Show the statement to be read and printed; who files it writes name and address into the page, which keeps nothing."""
    try:
        papers, opened = await _papers(visit)
    except ProblemError as error:
        return _to_consent(visit, error)
    return visit.page(
        "statement.html",
        papers=papers,
        channel=opened.material.channel,
        case_id=_case(visit),
        evidence=opened.material.evidence,
    )


@pages.get("/cases/{case_id}/papers/{channel}/statement.pdf", Visitor.REPORTER)
async def get_statement(visit: Visit) -> Response:
    """Send the statement as a PDF."""
    packages: InFlight = visit.request.state.packages
    asker, state = _asker(visit), visit.request.state
    try:
        with packages.admit(asker.person, asker.network):
            opened = await _opened(visit)
            content = await write_document(
                "statement.pdf", opened, vault=state.vault, printer=state.printer, asker=asker
            )
    except ProblemError as error:
        return _to_consent(visit, error)
    headers = {
        "Content-Disposition": f'attachment; filename="statement-{_channel(visit)}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=PDF)


@pages.get("/cases/{case_id}/papers/{channel}/package.zip", Visitor.REPORTER)
async def get_zip(visit: Visit) -> Response:
    """Send everything as one file."""
    try:
        return await get_package(_case(visit), _channel(visit), visit.request, visit.pseudonym)
    except ProblemError as error:
        return _to_consent(visit, error)


async def _papers(visit: Visit) -> tuple[Papers, CaseForChannel]:
    """Return the papers, with what they are made from."""
    opened = await _opened(visit)
    return await visit.request.state.printer.papers(opened.material, _asker(visit)), opened


async def _opened(visit: Visit) -> CaseForChannel:
    return await open_for_channel(visit.request, _case(visit), _channel(visit), pseudonym=visit.pseudonym)


def _to_consent(visit: Visit, error: ProblemError) -> Response:
    """Return the way to the text that is to be read first; raise what is another problem than that it was not."""
    if error.problem is not CONSENT_MISSING:
        raise error
    return visit.redirect(f"/cases/{_case(visit)}/papers/{_channel(visit)}")


def _asker(visit: Visit) -> Asker:
    return Asker(visit.pseudonym, caller_of(visit.request).network)


def _case(visit: Visit) -> UUID:
    return id_in_path(visit, "case_id")


def _channel(visit: Visit) -> str:
    """Return the id of the channel in the address; nothing longer than ids are is looked for."""
    channel: str = visit.request.path_params["channel"]
    return channel[:64]
