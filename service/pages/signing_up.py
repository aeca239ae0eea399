"""Signing up without a form of its own: the browser's proof of work, or some waiting, comes along with a first report.

The reporter's token follows from a secret that only the form knows, so that a second tap finds the same reporter.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from service.database import ANSWER_SECONDS, Connection
from service.edge.access import REPORTER_PREFIX, RateLimit
from service.edge.context import count_request
from service.edge.declared import Visitor
from service.edge.person_tokens import pseudonym_of, recovery_code, recovery_token
from service.edge.problems import PROOF_OF_WORK_WRONG, ProblemError
from service.edge.sessions import Session, read_cookie
from service.pages.refused import TOO_EARLY
from service.pages.sealed import SealedError, seal_text, unseal_text
from service.pages.visit import Visit, network_of
from service.reports import reporters, reporters_store

WAIT: Final = timedelta(seconds=20)
TICKET_GOOD_FOR: Final = timedelta(minutes=30)
TICKETS: Final = RateLimit("waiting", 5, 3600)
TICKET: Final = "ticket"
CODE: Final = "recovery-code"
CODE_GOOD_FOR: Final = timedelta(minutes=30)
CODE_COOKIE: Final = "__Host-code"
#: After these, somebody waits in place of a proof.
WAIT_AFTER: Final = (TOO_EARLY, PROOF_OF_WORK_WRONG)
SEED_LETTERS: Final = 22  # of url-safe base 64: 128 bits and more


def new_seed() -> str:
    """Return a new secret for a form: the key under which its work is done once."""
    return secrets.token_urlsafe(18)


async def sign_up_or_wait(visit: Visit, action: str) -> Response | None:
    """Begin a session; return the page on which one waits whose browser proved nothing, before `action` is sent again."""
    if not has_paid(visit):
        return waiting_page(visit, action)
    try:
        await _sign_up(visit)
    except ProblemError as error:
        if error.problem not in WAIT_AFTER:
            raise
        return waiting_page(visit, action, error)
    return None


def has_paid(visit: Visit) -> bool:
    """Return whether a form carries a solved challenge or a ticket, good or not."""
    return bool(visit.form["altcha"] or visit.form["ticket"])


def paying(visit: Visit) -> Callable[[Connection], Awaitable[None]]:
    """Return how what a form carries is spent, once: a solved challenge, or a ticket that waited long enough.

    Raises proof_of_work_wrong or too_early for a ticket, and, when it is spent, proof_of_work_wrong.
    """
    ticket = _ripe_ticket(visit) if visit.form["ticket"] else None

    async def pay(connection: Connection) -> None:
        if ticket is None:
            await reporters.spend_proof(connection, visit.context.keys, visit.form["altcha"], visit.now)
        elif not await reporters_store.spend_challenge(connection, ticket, visit.now + TICKET_GOOD_FOR):
            raise ProblemError(PROOF_OF_WORK_WRONG)

    return pay


def waiting_page(visit: Visit, action: str, error: ProblemError | None = None) -> Response:
    """Return the page on which somebody waits whose browser proves nothing; what was filled in goes along.

    With too_early, the ticket is still the same; after another problem, such as a challenge that was over before the form
    was sent, the wait begins with a new one.
    """
    is_early = error is not None and error.problem is TOO_EARLY
    return visit.page(
        "waiting.html",
        TOO_EARLY.status if is_early else 200,
        error=error if is_early else None,
        sent=visit.form.pairs(without=("ticket", "altcha")),
        ticket=visit.form["ticket"] if is_early else _new_ticket(visit),
        action=action,
    )


async def _sign_up(visit: Visit) -> None:
    """Begin a session for a new reporter; raises proof_of_work_wrong, too_early or too_many_requests.

    The answer carries the recovery code, sealed, to be shown once.
    """
    keys, now = visit.context.keys, visit.now
    seed = visit.form["once"]
    if len(seed) < SEED_LETTERS:
        raise ProblemError(PROOF_OF_WORK_WRONG)
    token = recovery_token(keys, seed.encode())
    pseudonym = pseudonym_of(keys, token)
    settings = visit.context.settings
    reporters.limit_network(visit.request, "page-sign-ups", settings.page_signups_per_hour)
    pay = paying(visit)

    async def work(connection: Connection) -> None:
        if await reporters_store.is_reporter(connection, pseudonym):  # a second tap on the same form
            return
        await pay(connection)
        await reporters.add_reporter(connection, keys, pseudonym, network=network_of(visit), now=now)

    await visit.context.database.in_transaction(work, deadline=ANSWER_SECONDS)
    visit.begin(Session.begin(Visitor.REPORTER, pseudonym, now=now, is_own=visit.form["telephone"] == "own"))
    show_code_once(visit, CODE_COOKIE, token.removeprefix(REPORTER_PREFIX))


def show_code_once(visit: Visit, cookie: str, letters: str) -> None:
    """Have the browser bring a code back to the page that shows it, which nobody else can read in the cookie."""
    sealed = seal_text(visit.context.keys, CODE, letters, now=visit.now, good_for=CODE_GOOD_FOR)
    visit.cookies.append(
        f"{cookie}={sealed}; Max-Age={int(CODE_GOOD_FOR.total_seconds())}; Path=/; Secure; HttpOnly; SameSite=Lax"
    )


def code_once(visit: Visit, cookie: str) -> str | None:
    """Return the code that was to be shown once, and have the browser forget it."""
    sealed = read_cookie(visit.request.scope, cookie)
    if not sealed:
        return None
    visit.cookies.append(f"{cookie}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax")
    try:
        return recovery_code(unseal_text(visit.context.keys, CODE, sealed, now=visit.now))
    except SealedError:
        return None


def _new_ticket(visit: Visit) -> str:
    """Return a ticket for somebody whose browser proved nothing: good after 20 seconds, once, for this network."""
    count_request(visit.request, TICKETS, network_of(visit))
    ripe_at = int((visit.now + WAIT).timestamp())
    text = f"{ripe_at} {secrets.token_hex(16)} {network_of(visit)}"
    return seal_text(visit.context.keys, TICKET, text, now=visit.now, good_for=TICKET_GOOD_FOR)


def _ripe_ticket(visit: Visit) -> bytes:
    """Return what is spent of a ticket; raises proof_of_work_wrong, or too_early."""
    try:
        text = unseal_text(visit.context.keys, TICKET, visit.form["ticket"], now=visit.now)
    except SealedError:
        raise ProblemError(PROOF_OF_WORK_WRONG) from None
    ripe_at, identity, network = text.split(" ", 2)
    if network != network_of(visit):
        raise ProblemError(PROOF_OF_WORK_WRONG)
    if (seconds := int(ripe_at) - visit.now.timestamp()) > 0:
        raise ProblemError(TOO_EARLY, seconds=int(seconds) + 1)
    return bytes.fromhex(identity)
