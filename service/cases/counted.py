"""Limits that the dated contacts of a case exceed, whether or not a report claims it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from service.cases.gathered import CaseReport
from service.contacts.counting import EFFECTIVE_SECONDS, CounterName, DailyLimit, DayCount
from service.contacts.findings import find_exceeded, list_own
from service.database import Connection
from service.numbers.parse import parse_number
from service.rules.bases import binds
from service.rules.catalogue import Catalogue
from service.rules.entries import Rule
from service.rules.respondents import Respondent

UNKNOWN_NUMBER: Final = "未知号码"
#: What is counted, and the norm's own words for its limit.
_LIMITS: Final[Mapping[CounterName, str]] = {
    "effective": "有效通话每日不超过{allowed}次，实为{count}次",
    "unanswered": "未接通来电每日不宜超过{allowed}次，实为{count}次",
    "quiet_hours": "22:00至次日8:00不应催收，当日该时段联系{count}次",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit that one number exceeded on one day (Asia/Shanghai), with its rule and all counts of that day.

    `only_if` are the kinds of parties that the rule binds while the party is unknown: then it is counted, and not cited.
    """

    number: str
    limit: DailyLimit
    rule: Rule
    day: DayCount
    only_if: tuple[Respondent, ...] = ()

    @property
    def violation(self) -> str:
        """The violation type that exceeding the limit is."""
        return self.limit.violation

    @property
    def count(self) -> int:
        """The count that exceeds `limit.allowed`."""
        count: int = getattr(self.day, self.limit.counter)
        return count


async def list_counted(
    connection: Connection,
    pseudonym: bytes,
    reports: Sequence[CaseReport],
    *,
    respondent: Respondent,
    catalogue: Catalogue,
) -> list[Counted]:
    """Return the limits that the contacts of a case exceed, by day and number, under rules that bind the respondent.

    While the respondent is unknown, rules for some kinds of parties are among them on that condition (`only_if`).

    Only the case's own reports and their call logs are counted, so that its evidence bears out every count. Withheld and
    impossible caller IDs are left out: many callers may show the same one.
    """
    by_number: dict[str, list[UUID]] = {}
    for report in reports:
        if not parse_number(report.number).scored:
            continue
        by_number.setdefault(report.number, []).append(report.report_id)
    counted = []
    for number, report_ids in by_number.items():
        totals = await list_own(connection, number, pseudonym, report_ids=report_ids)
        days = {total.day.on: total.day for total in totals if total.came_in}
        for finding in find_exceeded(list(days.values()), catalogue):
            rule = catalogue.rules[finding.limit.rule]
            only_if = _only_if(rule, respondent)
            if binds(rule, respondent) or only_if:
                counted += [Counted(number, finding.limit, rule, days[on], only_if) for on, _ in finding.days]
    return sorted(counted, key=_day_and_number)


def in_words(counted: Sequence[Counted]) -> tuple[str, ...]:
    """Return the counts in Chinese: for each day and number the totals, then each limit that they surely exceed."""
    return tuple(line for _, one in groupby(counted, key=_day_and_number) for line in _lines(list(one)))


def day_in_words(on: date) -> str:
    """Return a day as Chinese documents write it: 2026年3月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def dialled(number: str) -> str:
    """Return a number as people dial it, which is how forms want it."""
    return parse_number(number).dialled or UNKNOWN_NUMBER


def _day_and_number(one: Counted) -> tuple[object, str]:
    return one.day.on, one.number


def _lines(counted: Sequence[Counted]) -> Iterator[str]:
    day = counted[0].day
    calls = (
        f"来电{day.dials}次，其中接通{day.connected}次、有效通话（{EFFECTIVE_SECONDS}秒以上，本服务自定标准）{day.effective}次、"
        f"未接通{day.unanswered}次；"
        if day.dials
        else ""
    )
    yield (
        f"{day_in_words(day.on)}，号码{dialled(counted[0].number)}：{calls}"
        f"当日0:00至8:00和22:00至24:00的来电和短信{day.quiet_hours}次。"
    )
    for one in counted:
        if one.only_if:
            continue  # a paper that is signed cites nothing that depends on an unknown party
        limit = _LIMITS[one.limit.counter].format(allowed=one.limit.allowed, count=one.count)
        yield f"超过限度：{limit}（{_title(one.rule)}）"


def _only_if(rule: Rule, respondent: Respondent) -> tuple[Respondent, ...]:
    is_open = respondent is Respondent.UNKNOWN and not rule.is_about_illegal_debt
    return (rule.respondents or ()) if is_open else ()


def _title(rule: Rule) -> str:
    """Return the rule's title, marked if it is a norm: exceeding a norm is not in itself unlawful."""
    return rule.cited + ("，行业规范" if rule.basis == "norm" else "")
