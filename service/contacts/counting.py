"""Counts dated contacts as the rules of the trade count them: by calendar day in China and by the person called.

Every call that came in is a dial; an answered dial is connected; one that was answered for at least EFFECTIVE_SECONDS
is effective: people spoke. GB/T 45251-2025 allows three interactive calls a day, the guidelines of the China Banking
Association (2026) six unanswered dials a day, and neither allows contact from 22:00 to 8:00.

PostgreSQL counts them (`queries.sql`): people may have many contacts, and nobody else waits for them to be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

EFFECTIVE_SECONDS: Final = 10  # no rule gives a number; a mailbox or an accidental answer is over by then
#: What is said wherever effective calls are counted: the norm speaks of 有效交互, and of no seconds.
OWN_MEASURE: Final = (
    f"“有效通话”按接通 {EFFECTIVE_SECONDS} 秒以上计，这是本服务自定的标准；规范只说有效交互，没有规定秒数。",
    f"A call counts as effective if it was answered for {EFFECTIVE_SECONDS} seconds or more. This is the service's own "
    "measure: the norm speaks of effective interaction and names no seconds.",
)

CounterName = Literal["dials", "connected", "effective", "unanswered", "quiet_hours"]


class Contact(NamedTuple):
    """One contact with one person. `seconds` and `is_answered` are None if unknown.

    `precision` is what the time was cut to, in seconds: a log that knows only minutes tells `at` to 60. If the length is
    rounded to minutes, `seconds` is the least that it may have been.
    """

    at: datetime
    is_call: bool = True  # otherwise a message
    is_incoming: bool = True  # otherwise the person called back
    is_answered: bool | None = None
    seconds: int | None = None
    precision: int = 1
    is_rounded: bool = False


class DayCount(NamedTuple):
    """The contacts that came in on one day in China; `quiet_hours` counts messages as well as calls."""

    on: date
    dials: int
    connected: int
    effective: int
    unanswered: int
    quiet_hours: int


class HourCount(NamedTuple):
    """The contacts that came in within one hour of one day in China, and the effective calls among them."""

    on: date
    hour: int
    contacts: int
    effective: int


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


class DayTotal(NamedTuple):
    """A day's counts, with all contacts of that day, and those of them that were calls back."""

    day: DayCount
    contacts: int
    call_backs: int

    @property
    def came_in(self) -> bool:
        """Whether any contact of the day came in."""
        return self.contacts > self.call_backs


class DatedLimit(NamedTuple):
    """A limit, and the first and the last day on which its rule is in force, None without end."""

    limit: DailyLimit
    first_on: date | None
    last_on: date | None


class PeopleCount(NamedTuple):
    """How many people contacts came in to, how many calls, and how many of the people exceed limits, by violation."""

    people: int
    calls: int
    by_violation: Mapping[str, int]


class Finding(NamedTuple):
    """A limit that was exceeded, with the count of each day that exceeded it."""

    limit: DailyLimit
    days: tuple[tuple[date, int], ...]

    @property
    def total(self) -> int:
        """The contacts of all those days together."""
        return sum(count for _, count in self.days)


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
