"""Turns what the rows of one log tell into contacts: what a length or a clock is worth shows in all rows together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.contacts.cells import Kind, Length
from service.contacts.counting import Contact
from service.contacts.times import Moment

PARTS_OF_A_MESSAGE: Final = timedelta(seconds=10)  # carriers list each part of a long message


class Told(NamedTuple):
    """What one row tells: when it was, who called and what became of it, and how long it was."""

    moment: Moment
    kind: Kind
    length: Length


def contacts_of(calls: Sequence[Told]) -> list[Contact]:
    """Return the contacts that rows are, the earliest first; parts of one long message are one.

    Where no row tells seconds, minutes are whole ones, and rounded; the same holds for the clock.
    """
    is_rounded = all(call.length.may_be_rounded for call in calls if call.length.seconds)
    knows_seconds = any(call.moment.at.second for call in calls)
    found: list[Contact] = []
    last: dict[bool, datetime] = {}
    for call in sorted(calls, key=lambda one: one.moment.at):
        at = call.moment.at
        contact = _contact(call, is_rounded=is_rounded, knows_seconds=knows_seconds)
        if not contact.is_call:
            before = last.get(contact.is_incoming)
            last[contact.is_incoming] = at
            if before is not None and at - before <= PARTS_OF_A_MESSAGE:
                continue
        found.append(contact)
    return found


def _contact(call: Told, *, is_rounded: bool, knows_seconds: bool) -> Contact:
    """Return the contact that a row is; the length of an unanswered call is how long it rang, and not kept."""
    precision = call.moment.precision if knows_seconds else 60
    is_incoming = bool(call.kind.is_incoming)
    if call.kind.is_message:
        return Contact(call.moment.at, False, is_incoming, precision=precision)
    answered, given = call.kind.is_answered, call.length.seconds
    is_telling = given is not None and not (given == 0 and call.length.is_whole_minutes)
    if answered is None and given is not None and is_telling and not call.kind.is_elsewhere:
        answered = given > 0
    seconds = call.length.least() if is_rounded and given else given
    return Contact(
        call.moment.at,
        is_incoming=is_incoming,
        is_answered=answered,
        seconds=seconds if answered else None,
        precision=precision,
        is_rounded=bool(answered and is_rounded and given),
    )
