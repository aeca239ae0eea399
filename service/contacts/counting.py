"""Dated contacts counted as the rules of the trade count them, by calendar day in China and by the person called.

Three counters: every call that came in is a dial; one that was answered is connected; one that was answered for at
least EFFECTIVE_SECONDS is effective, an exchange of words and not a wrong moment. GB/T 45251-2025 allows three
interactive calls a day, the guidelines of the China Banking Association (2026) six dials a day that nobody answered, and
both no contact from 22:00 to 8:00.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from ml.days import is_quiet
from service.days import CHINA

EFFECTIVE_SECONDS: Final = 10  # no rule says how many; a mailbox or a slip of the finger is over by then

CounterName = Literal["dials", "connected", "effective", "unanswered", "quiet_hours"]


class Contact(NamedTuple):
    """One contact with one person. `seconds` and `is_answered` are None where they are not known."""

    at: datetime
    is_call: bool = True  # otherwise a message
    is_incoming: bool = True  # otherwise the person called back
    is_answered: bool | None = None
    seconds: int | None = None


class DayCount(NamedTuple):
    """What came in on one day in China; `quiet_hours` counts messages as well as calls."""

    on: date
    dials: int
    connected: int
    effective: int
    unanswered: int
    quiet_hours: int


class DailyLimit(NamedTuple):
    """What a rule allows on a day, and which violation exceeding it is."""

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
    """The days on which a limit was exceeded, with what was counted on each."""

    limit: DailyLimit
    days: tuple[tuple[date, int], ...]

    @property
    def total(self) -> int:
        """Contacts counted on those days."""
        return sum(count for _, count in self.days)


def count_days(contacts: Iterable[Contact]) -> list[DayCount]:
    """Contacts of one person by day, the earliest first.

    Calls of 12, 0 and 4 seconds at 9:00, 12:00 and 21:59, and one at 22:00 that rang out: four dials, two connected (0
    seconds is not answered), one effective, one in quiet hours.
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
    """Where limits were exceeded: three effective calls are within, four are not."""
    found = []
    for limit in limits:
        counted = tuple(
            (day.on, count) for day in days if (count := getattr(day, limit.counter)) > limit.allowed
        )
        if counted:
            found.append(Finding(limit, counted))
    return found


def merged(logged: Iterable[Contact], reported: Iterable[Contact]) -> list[Contact]:
    """Contacts of one person's call log and reports, each once: a report of a minute that is logged is that call."""
    contacts = list(logged)
    minutes = {_minute(contact.at) for contact in contacts if contact.is_incoming}
    return contacts + [
        contact for contact in reported if not contact.is_call or _minute(contact.at) not in minutes
    ]


def people_by_violation(people: Mapping[bytes, Sequence[Finding]]) -> Counter[str]:
    """How many people each violation was found for."""
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
