"""Dated contacts are counted by day, and limits exceeded only beyond what rules allow."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts.counting import LIMITS, Contact, DayCount, exceeded
from service.days import CHINA
from tests.contacts.counted_plainly import count_days, merged, people_by_violation

DAY = date(2026, 3, 1)


def call(hour: int, minute: int = 0, seconds: int | None = None, **fields: bool) -> Contact:
    is_answered = None if seconds is None else seconds > 0
    return Contact(
        datetime(2026, 3, 1, hour, minute, tzinfo=CHINA), is_answered=is_answered, seconds=seconds, **fields
    )


def test_the_worked_values_of_the_comment() -> None:
    calls = [call(9, 0, 12), call(12, 0, 0), call(21, 59, 4), call(22, 0, 0)]
    assert count_days(calls) == [
        DayCount(DAY, dials=4, connected=2, effective=1, unanswered=2, quiet_hours=1)
    ]


@pytest.mark.parametrize(("hour", "minute", "is_quiet"), [
    (22, 0, True), (21, 59, False), (8, 0, False), (7, 59, True), (0, 0, True), (12, 0, False),
])  # fmt: skip
def test_quiet_hours_are_from_ten_to_eight_in_china(hour: int, minute: int, is_quiet: bool) -> None:
    contact = call(hour, minute, 5)
    for at in (contact.at, contact.at.astimezone(UTC)):
        assert count_days([contact._replace(at=at)])[0].quiet_hours == is_quiet


def test_days_are_those_of_china() -> None:
    late = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
    assert count_days([Contact(late)])[0].on == DAY


def test_only_what_came_in_is_counted_and_what_is_unknown_accuses_nobody() -> None:
    assert count_days([call(9, 0, 60, is_incoming=False)]) == []
    assert count_days([call(9)])[0] == DayCount(DAY, 1, 0, 0, 0, 0)
    assert count_days([call(23, is_call=False)])[0] == DayCount(DAY, 0, 0, 0, 0, 1)
    (nine, ten) = (count_days([call(9, 0, seconds)])[0].effective for seconds in (9, 10))
    assert (nine, ten) == (0, 1)


@pytest.mark.parametrize(
    ("calls", "violations"),
    [
        ([call(9, minute, 60) for minute in range(3)], []),
        ([call(9, minute, 60) for minute in range(4)], [("gbt45251", "frequency", 4)]),
        ([call(9, minute, 0) for minute in range(6)], []),
        ([call(9, minute, 0) for minute in range(7)], [("cba2026", "frequency", 7)]),
        ([call(9, minute, 5) for minute in range(20)], []),
        ([call(23, 0, 0), call(23, 1, 0)], [("gbt45251", "quiet_hours", 2), ("cba2026", "quiet_hours", 2)]),
    ],
)
def test_a_limit_is_exceeded_by_one_more_than_it_allows(
    calls: list[Contact], violations: list[tuple[str, str, int]]
) -> None:
    found = exceeded(count_days(calls))
    assert [(one.limit.rule, one.limit.violation, one.total) for one in found] == violations


def test_what_is_allowed_on_each_of_two_days_is_not_added_up() -> None:
    today = [call(9, minute, 60) for minute in range(3)]
    tomorrow = [one._replace(at=one.at + timedelta(days=1)) for one in today]
    assert exceeded(count_days(today + tomorrow)) == []


def test_a_reported_call_that_the_log_tells_too_is_one() -> None:
    logged = call(9, 0, 60)._replace(at=datetime(2026, 3, 1, 9, 0, 42, tzinfo=CHINA))
    assert merged([logged], [call(9, 0), call(9, 9), call(9, 0, is_call=False)]) == [
        logged,
        call(9, 9),
        call(9, 0, is_call=False),
    ]


def test_people_are_counted_once_a_violation() -> None:
    quiet = exceeded(count_days([call(23, 0, 0)]))
    assert people_by_violation({b"one": quiet, b"two": quiet, b"three": []}) == {"quiet_hours": 2}


@given(st.lists(st.builds(
    Contact, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.booleans(), st.booleans(), st.none() | st.booleans(), st.none() | st.integers(0, 4000),
)))  # fmt: skip
def test_counters_contain_each_other_whatever_the_contacts(contacts: list[Contact]) -> None:
    days = count_days(contacts)
    assert [day.on for day in days] == sorted({day.on for day in days})
    for day in days:
        assert day.effective <= day.connected <= day.dials
        assert day.connected + day.unanswered <= day.dials
    incoming = [contact for contact in contacts if contact.is_incoming]
    assert sum(day.dials for day in days) == sum(contact.is_call for contact in incoming)
    for finding in exceeded(days):
        assert finding.limit in LIMITS
        assert all(count > finding.limit.allowed for _, count in finding.days)
