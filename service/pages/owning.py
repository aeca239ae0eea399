"""The owner of a number: a code shows control of it, a dispute says what is wrong, and both can be come back to."""

import secrets
from datetime import timedelta
from typing import Any, Final

import orjson
from starlette.responses import Response

from service.disputes import owners
from service.disputes.proof import MOST_BYTES, MOST_FILES, too_large
from service.disputes.proof_router import delete_proof, get_proof, take_proof
from service.disputes.router import (
    create_dispute,
    get_dispute,
    list_disputes,
    register_owner,
    send_code,
    supplement_dispute,
    withdraw_dispute,
)
from service.disputes.schemas import Addition, NewDispute, NewOwner
from service.edge.access import OWNER_PREFIX, RateLimit
from service.edge.context import count_request
from service.edge.declared import Body, Visitor
from service.edge.person_tokens import pseudonym_of, recovery_token, token_of_code
from service.edge.problems import WRONG_KEY, ProblemError
from service.edge.sessions import Session
from service.edge.validation import number_problem
from service.evidence.form import FileForm
from service.numbers.parse import NumberError, parse_number
from service.pages.decision_words import GROUNDS
from service.pages.refused import LINK_OVER, WRONG_CODE
from service.pages.reporting import id_in_path
from service.pages.routes import Pages
from service.pages.sealed import SealedError, seal_text, unseal_text
from service.pages.signing_up import (
    WAIT_AFTER,
    code_once,
    has_paid,
    new_seed,
    paying,
    show_code_once,
    waiting_page,
)
from service.pages.visit import Visit, network_of

SENT: Final = "owner-code"
SENT_GOOD_FOR: Final = timedelta(minutes=15)
CODE_COOKIE: Final = "__Host-ocode"
RETURNS: Final = RateLimit("owner-recovery-codes", 10, 3600)

pages = Pages()


@pages.get("/dispute")
async def show_way(visit: Visit) -> Response:
    """Say how a dispute goes, and ask for the number."""
    return visit.page("dispute.html")


@pages.post("/dispute")
async def request_code(visit: Visit) -> Response:
    """Send a code to the number; whose browser proves nothing waits before."""
    visit.again = lambda error: _refused(visit, error)
    number = visit.form["number"][:65]
    try:
        parsed = parse_number(number)
    except NumberError as error:
        raise number_problem(error) from error
    can_send = (
        visit.request.state.sender is not None
    )  # else `send_code` says that none is sent, and nobody waits for that
    if can_send and not has_paid(visit):
        return waiting_page(visit, "/dispute")
    sent = await send_code(visit.request, number, paying(visit))
    text = f"{parsed.key} {sent.code_id}"
    sealed = seal_text(visit.context.keys, SENT, text, now=visit.now, good_for=SENT_GOOD_FOR)
    return visit.redirect(f"/dispute/code?c={sealed}")


@pages.get("/dispute/code")
async def show_code_form(visit: Visit) -> Response:
    """Ask for the code that was sent."""
    sealed = visit.request.query_params.get("c", "")
    _sent(visit, sealed)
    return visit.page("dispute_code.html", c=sealed)


@pages.post("/dispute/code")
async def take_code(visit: Visit) -> Response:
    """Begin the owner's session with the right code."""
    sealed = visit.form["c"]
    number, code_id = _sent(visit, sealed)
    visit.again = lambda error: visit.page("dispute_code.html", error.problem.status, error=error, c=sealed)
    said = "".join(visit.form["code"][:32].split())
    new = NewOwner.model_validate({"number": number, "code_id": code_id, "code": said})
    keys = visit.context.keys
    token = recovery_token(keys, secrets.token_bytes(32), OWNER_PREFIX)
    await register_owner(visit.request, new, token)
    visit.begin(Session.begin(Visitor.OWNER, pseudonym_of(keys, token), now=visit.now))
    show_code_once(visit, CODE_COOKIE, token.removeprefix(OWNER_PREFIX))
    return visit.redirect("/dispute/new")


@pages.post("/dispute/return")
async def come_back(visit: Visit) -> Response:
    """Begin the session of an owner who wrote down the code of a dispute, or has a token of the API."""
    visit.again = lambda error: visit.page("dispute.html", error.problem.status, error=error)
    count_request(visit.request, RETURNS, network_of(visit))
    code = visit.form["owner_code"][:200]
    token = code if code.startswith(OWNER_PREFIX) else token_of_code(code, OWNER_PREFIX)
    if token is None:
        raise ProblemError(WRONG_CODE)
    who = pseudonym_of(visit.context.keys, token)
    try:
        disputes = (await list_disputes(visit.request, who)).disputes
    except ProblemError as error:
        raise ProblemError(WRONG_CODE) if error.problem is WRONG_KEY else error from None
    visit.begin(Session.begin(Visitor.OWNER, who, now=visit.now))
    return visit.redirect(f"/dispute/{disputes[0].dispute_id}" if disputes else "/dispute/new")


@pages.get("/dispute/new", Visitor.OWNER)
async def show_dispute_form(visit: Visit) -> Response:
    """Ask what is wrong, and list the disputes that were opened before."""
    return await _form(visit)


@pages.post("/dispute/new", Visitor.OWNER)
async def open_own_dispute(visit: Visit) -> Response:
    """Open the dispute."""
    visit.again = lambda error: _form(visit, error)
    visit.once()
    form = visit.form
    new = NewDispute.model_validate(
        {
            "reason": form["reason"],
            "statement": form["statement"],
            "new_facts": form["new_facts"] or None,
        }
    )
    opened = await create_dispute(new, visit.request, visit.pseudonym)
    return visit.redirect(f"/dispute/{orjson.loads(opened.body)['dispute_id']}")


@pages.post("/dispute/sign-out", Visitor.OWNER)
async def sign_out_owner(visit: Visit) -> Response:
    """End the owner's session on this telephone."""
    visit.end()
    return visit.redirect("/dispute")


@pages.get("/dispute/{dispute_id}", Visitor.OWNER)
async def show_own_dispute(visit: Visit) -> Response:
    """Show by when a person decides, what was said, and how it was decided."""
    return await _page(visit)


@pages.post("/dispute/{dispute_id}", Visitor.OWNER)
async def add_statement(visit: Visit) -> Response:
    """Add to what was said."""
    visit.again = lambda error: _page(visit, error)
    dispute_id = id_in_path(visit, "dispute_id")
    addition = Addition.model_validate({"statement": visit.form["statement"]})
    await supplement_dispute(dispute_id, addition, visit.request, visit.pseudonym)
    return visit.redirect(f"/dispute/{dispute_id}?done=added")


@pages.post("/dispute/{dispute_id}/withdraw", Visitor.OWNER)
async def withdraw(visit: Visit) -> Response:
    """Withdraw the dispute."""
    visit.again = lambda error: _page(visit, error)
    dispute_id = id_in_path(visit, "dispute_id")
    await withdraw_dispute(dispute_id, visit.request, visit.pseudonym)
    return visit.redirect(f"/dispute/{dispute_id}?done=withdrawn")


@pages.post("/dispute/{dispute_id}/proofs", Visitor.OWNER, Body.STREAMED)
async def add_proof_file(visit: Visit) -> Response:
    """Attach the file of a form."""
    visit.again = lambda error: _page(visit, error)
    dispute_id = id_in_path(visit, "dispute_id")
    form = FileForm(visit.request, at_most=MOST_BYTES, too_large=too_large())
    await take_proof(visit.request, visit.pseudonym, dispute_id, form.pieces())
    return visit.redirect(f"/dispute/{dispute_id}?done=proof")


@pages.get("/dispute/{dispute_id}/proofs/{proof_id}", Visitor.OWNER)
async def get_own_proof(visit: Visit) -> Response:
    """Send a file as it was attached."""
    ids = id_in_path(visit, "dispute_id"), id_in_path(visit, "proof_id")
    return await get_proof(*ids, visit.request, visit.pseudonym)


@pages.post("/dispute/{dispute_id}/proofs/{proof_id}/delete", Visitor.OWNER)
async def delete_own_proof(visit: Visit) -> Response:
    """Delete a file that was attached."""
    visit.again = lambda error: _page(visit, error)
    ids = id_in_path(visit, "dispute_id"), id_in_path(visit, "proof_id")
    await delete_proof(*ids, visit.request, visit.pseudonym)
    return visit.redirect(f"/dispute/{ids[0]}?done=deleted")


def _sent(visit: Visit, sealed: str) -> tuple[str, str]:
    """Return the number and the id of a code that was sent; raises link_over."""
    try:
        number, code_id = unseal_text(visit.context.keys, SENT, sealed, now=visit.now).split(" ")
    except SealedError:
        raise ProblemError(LINK_OVER) from None
    return number, code_id


def _refused(visit: Visit, error: ProblemError) -> Response:
    if error.problem in WAIT_AFTER:
        return waiting_page(visit, "/dispute", error)
    return visit.page("dispute.html", error.problem.status, error=error)


async def _form(visit: Visit, error: ProblemError | None = None) -> Response:
    async with visit.context.database.connection() as connection:
        owner = await owners.require_owner(connection, visit.pseudonym)
    disputes = (await list_disputes(visit.request, visit.pseudonym)).disputes
    values: dict[str, Any] = {"grounds": GROUNDS, "once": visit.form["once"] or new_seed()}
    status = error.problem.status if error else 200
    return visit.page(
        "dispute_new.html", status, error=error, number=owner.number, disputes=disputes, **values
    )


async def _page(visit: Visit, error: ProblemError | None = None) -> Response:
    dispute = await get_dispute(id_in_path(visit, "dispute_id"), visit.request, visit.pseudonym)
    return visit.page(
        "dispute_page.html",
        error.problem.status if error else 200,
        error=error,
        dispute=dispute,
        grounds=GROUNDS,
        code=code_once(visit, CODE_COOKIE),
        done=visit.request.query_params.get("done", ""),
        most_files=MOST_FILES,
    )
