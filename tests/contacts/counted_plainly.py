"""Dated contacts counted one by one, as rules say it: what the counts of PostgreSQL are compared with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from ml.days import is_quiet
from service.contacts.counting import EFFECTIVE_SECONDS, Contact, CounterName, DayCount, Finding
from service.days import CHINA


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
