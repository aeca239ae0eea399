"""Dated contacts counted one by one, as rules say it: what the counts of PostgreSQL are compared with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ml.days import is_quiet
from service.contacts.counting import EFFECTIVE_SECONDS, Contact, CounterName, DayCount, Finding
from service.contacts.pairs import MOST_APART
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
    """Merge the contacts of one person's call logs and reports: what is reported near one that is logged is that one."""
    contacts = list(logged)
    near = [contact for contact in contacts if contact.is_incoming]
    return contacts + [contact for contact in reported if not any(_is_same(contact, one) for one in near)]


def _is_same(reported: Contact, logged: Contact) -> bool:
    apart = abs((reported.at - logged.at).total_seconds())
    return reported.is_call == logged.is_call and (
        apart < 60
        or (
            apart < MOST_APART + logged.precision
            and (
                None in (reported.is_answered, logged.is_answered)
                or reported.is_answered == logged.is_answered
            )
        )
    )


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
