"""Counts dated contacts as the rules of the trade count them: by calendar day in China and by the person called.

Every call that came in is a dial; an answered dial is connected; one that was answered for at least EFFECTIVE_SECONDS
is effective: people spoke. GB/T 45251-2025 allows three interactive calls a day, the guidelines of the China Banking
Association (2026) six unanswered dials a day, and neither allows contact from 22:00 to 8:00.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from ml.days import is_quiet
from service.days import CHINA

EFFECTIVE_SECONDS: Final = 10  # no rule gives a number; a mailbox or an accidental answer is over by then

CounterName = Literal["dials", "connected", "effective", "unanswered", "quiet_hours"]


class Contact(NamedTuple):
    """One contact with one person. `seconds` and `is_answered` are None if unknown."""

    at: datetime
    is_call: bool = True  # otherwise a message
    is_incoming: bool = True  # otherwise the person called back
    is_answered: bool | None = None
    seconds: int | None = None


class DayCount(NamedTuple):
    """The contacts that came in on one day in China; `quiet_hours` counts messages as well as calls."""

    on: date
    dials: int
    connected: int
    effective: int
    unanswered: int
    quiet_hours: int


class DailyLimit(NamedTuple):
    """How many contacts a rule allows a day, and which violation it is to exceed that."""

    rule: str
    violation: str
    counter: CounterName
    allowed: int


LIMITS: Final = (
    DailyLimit("gbt45251", "frequency", "effective", 3),
    DailyLimit("cba2026", "frequency", "unanswered", 6),
    DailyLimit("gbt45251", "quiet_hours", "quiet_hours", 0),
    DailyLimit("cba2026", "quiet_hours", "quiet_hours", 0),
)


class Finding(NamedTuple):
    """A limit that was exceeded, with the count of each day that exceeded it."""

    limit: DailyLimit
    days: tuple[tuple[date, int], ...]

    @property
    def total(self) -> int:
        """The contacts of all those days together."""
        return sum(count for _, count in self.days)


def count_days(contacts: Iterable[Contact]) -> list[DayCount]:
    """Count the contacts of one person by day, the earliest day first.

    Calls of 12, 0 and 4 seconds at 9:00, 12:00 and 21:59, and an unanswered one at 22:00, make four dials, two connected
    (0 seconds is unanswered), one effective, and one in quiet hours.
    """
    counts: dict[date, Counter[CounterName]] = {}
    for contact in contacts:
        if contact.is_incoming:
            at = contact.at.astimezone(CHINA)
            counts.setdefault(at.date(), Counter()).update(_counters(contact, at.hour))
    return [
        DayCount(on, *(count[counter] for counter in DayCount._fields[1:]))  # type: ignore[index]
        for on, count in sorted(counts.items())
    ]


def exceeded(days: Sequence[DayCount], limits: Iterable[DailyLimit] = LIMITS) -> list[Finding]:
    """Return the limits that were exceeded: with a limit of three effective calls, by the fourth."""
    found = []
    for limit in limits:
        counted = tuple(
            (day.on, count) for day in days if (count := getattr(day, limit.counter)) > limit.allowed
        )
        if counted:
            found.append(Finding(limit, counted))
    return found


def merged(logged: Iterable[Contact], reported: Iterable[Contact]) -> list[Contact]:
    """Merge the contacts of one person's call logs and reports: a call reported for a logged minute is the logged call."""
    contacts = list(logged)
    minutes = {_minute(contact.at) for contact in contacts if contact.is_incoming}
    return contacts + [
        contact for contact in reported if not contact.is_call or _minute(contact.at) not in minutes
    ]


def people_by_violation(people: Mapping[bytes, Sequence[Finding]]) -> Counter[str]:
    """Count the people for whom each violation was found."""
    return Counter(
        violation for found in people.values() for violation in {finding.limit.violation for finding in found}
    )


def _counters(contact: Contact, hour: int) -> list[CounterName]:
    counters: list[CounterName] = []
    if is_quiet(hour):
        counters.append("quiet_hours")
    if not contact.is_call:
        return counters
    counters.append("dials")
    if contact.is_answered:
        counters.append("connected")
        if (contact.seconds or 0) >= EFFECTIVE_SECONDS:
            counters.append("effective")
    elif contact.is_answered is not None:
        counters.append("unanswered")
    return counters


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
