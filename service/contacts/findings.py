"""Findings about a number in dated contacts: exact ones for one reporter, in bands for all of them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from service.contacts import store
from service.contacts.counting import (
    EFFECTIVE_SECONDS,
    LIMITS,
    OWN_MEASURE,
    DatedLimit,
    DayCount,
    DayTotal,
    Finding,
    HourCount,
    PeopleCount,
    exceeded,
)
from service.contacts.schemas import Across, Banded, Day, DayCounted, Findings, OwnMeasure, RuleFinding
from service.database import Connection
from service.rules.catalogue import Catalogue
from service.verdicts.verdict import band

_OWN_MEASURE: Final = OwnMeasure(seconds=EFFECTIVE_SECONDS, zh=OWN_MEASURE[0], en=OWN_MEASURE[1])
MOST_OWN: Final = 20_000
MOST_HOURS: Final = 31 * 24  # of a month are drawn
MOST_OF_ALL: Final = 50_000  # the newest contacts are enough: bands are lower bounds


async def list_own(
    connection: Connection, number: str, reporter: bytes, *, report_ids: Sequence[UUID] | None = None
) -> list[DayTotal]:
    """Return one reporter's dated contacts with a number by day, each contact once, the earliest day first.

    With `report_ids` only those of these reports and their call logs.
    """
    return await store.count_days(connection, number, reporter, report_ids=report_ids, at_most=MOST_OWN)


async def list_own_hours(connection: Connection, number: str, reporter: bytes) -> list[HourCount]:
    """Return what came in to one reporter from a number by day and hour, the newest day first."""
    return await store.count_hours(connection, number, reporter, at_most=MOST_OWN, most_hours=MOST_HOURS)


async def count_everybody(connection: Connection, number: str, catalogue: Catalogue) -> PeopleCount:
    """Return how many people's dated contacts with a number exceed limits whose rules were in force then."""
    return await store.count_people(connection, number, dated_limits(catalogue), at_most=MOST_OF_ALL)


def own_findings(number: str, totals: Sequence[DayTotal], catalogue: Catalogue) -> Findings:
    """Return the findings in one person's contacts; those across reporters are left open."""
    days = [total.day for total in totals if total.came_in]
    return Findings(
        number=number,
        contacts=sum(total.contacts for total in totals),
        call_backs=sum(total.call_backs for total in totals),
        days=[Day(**day._asdict()) for day in reversed(days)],
        findings=[_finding(finding, catalogue) for finding in find_exceeded(days, catalogue)],
        across_reporters=None,
    )


def across(everybody: PeopleCount, *, least: int) -> Across | None:
    """Return the findings across reporters; None if fewer than `least` people have contacts that came in."""
    if everybody.people < least:
        return None
    return Across(
        reporters_at_least=band(everybody.people),
        contacts_at_least=band(everybody.calls),
        findings=[
            Banded(violation=violation, reporters_at_least=band(count))
            for violation, count in sorted(everybody.by_violation.items())
            if count >= least
        ],
    )


def dated_limits(catalogue: Catalogue) -> list[DatedLimit]:
    """Return the limits of the rules that the catalogue has, with the days on which they are in force."""
    rules = [(limit, catalogue.rules[limit.rule]) for limit in LIMITS if limit.rule in catalogue.rules]
    return [DatedLimit(limit, rule.effective_from, rule.effective_to) for limit, rule in rules]


def find_exceeded(days: Sequence[DayCount], catalogue: Catalogue) -> list[Finding]:
    """Return the limits that were exceeded on days on which their rules were in force."""
    findings = []
    for limit in LIMITS:
        rule = catalogue.rules.get(limit.rule)
        if rule is not None:
            findings += exceeded([day for day in days if rule.is_in_force(day.on)], [limit])
    return findings


def _finding(finding: Finding, catalogue: Catalogue) -> RuleFinding:
    return RuleFinding(
        violation=finding.limit.violation,
        rule=catalogue.rules[finding.limit.rule],
        only_if=list(catalogue.rules[finding.limit.rule].respondents or ()),
        counter=finding.limit.counter,
        allowed=finding.limit.allowed,
        count=finding.total,
        days=[DayCounted(on=on, count=count) for on, count in reversed(finding.days)],
        own_measure=_OWN_MEASURE if finding.limit.counter == "effective" else None,
    )
