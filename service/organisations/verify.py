"""Verifies an organisation once for its lines, and ends that; every step is an entry of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from service.database import Connection
from service.edge.access import OWNER_PREFIX
from service.edge.person_tokens import issue_token, pseudonym_of
from service.ledger.entry import Action, Entry
from service.ledger.store import append_entry
from service.organisations import store
from service.organisations.ranges import MOST_NUMBERS, NumberRange
from service.organisations.store import Verification
from service.secrets import KeyRing

MOST_RANGES: Final = 100


class OrganisationError(ValueError):
    """An organisation that cannot be verified, or is unknown; the message says why."""


async def verify_organisation(
    connection: Connection, keys: KeyRing, verified: Verification, ranges: Sequence[NumberRange]
) -> str:
    """Register an organisation with its lines, and return the token with which it disputes for them; needs a transaction.

    Raises OrganisationError for a name that is taken, and for ranges that overlap others or are too many.
    """
    await store.lock_organisations(connection)
    _check_size(ranges)
    for line in await store.list_lines(connection):
        if any(line.range.overlaps(one) for one in ranges):
            raise OrganisationError(f"some of these numbers are verified as those of {line.name}")
    token = issue_token(keys, OWNER_PREFIX)
    organisation_id = await store.insert_organisation(connection, verified, pseudonym_of(keys, token))
    if organisation_id is None:
        raise OrganisationError(
            f"{verified.name} is verified already: `dunwatch organisations end` ends that"
        )
    for one in ranges:
        await store.insert_range(connection, one, organisation_id)
    await store.announce_organisations(connection)
    await append_entry(connection, _entry(Action.VERIFIED, verified))
    return token


async def end_organisation(connection: Connection, name: str, reason: str, *, by: str, now: datetime) -> None:
    """End the verification of an organisation; needs a transaction. Raises OrganisationError if there is none."""
    await store.lock_organisations(connection)
    if not await store.delete_organisation(connection, name):
        raise OrganisationError(
            f"no organisation {name} is verified; `dunwatch organisations list` shows all"
        )
    await store.announce_organisations(connection)
    await append_entry(connection, _entry(Action.UNVERIFIED, Verification(name, "", reason, by, now)))


def _check_size(ranges: Sequence[NumberRange]) -> None:
    if not 1 <= len(ranges) <= MOST_RANGES or sum(one.size for one in ranges) > MOST_NUMBERS:
        raise OrganisationError(
            f"give 1 to {MOST_RANGES} ranges with at most {MOST_NUMBERS:,} numbers together"
        )
    for place, one in enumerate(ranges):
        if any(one.overlaps(other) for other in ranges[:place]):
            raise OrganisationError("two of the ranges have numbers in common")


def _entry(action: Action, verified: Verification) -> Entry:
    return Entry(
        action=action,
        at=verified.verified_at,
        by=verified.verified_by,
        organisation=verified.name,
        reason=verified.reason,
    )
