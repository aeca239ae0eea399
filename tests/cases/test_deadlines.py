"""What is due follows from the newest event alone, by the rules in force on its day."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cases.deadlines import FilingEvent, due_of
from service.cases.follow_up import reminder_times
from service.cases.statuses import TRANSITIONS, FilingStatus
from service.rules.catalogue import Catalogue, load_catalogue
from service.rules.situation import Matter

CATALOGUE = load_catalogue(None)
RECORDED = datetime(2026, 3, 1, tzinfo=UTC)


def event(status: FilingStatus, day: date) -> FilingEvent:
    return FilingEvent(status, day, RECORDED)


def due(channel: str, *events: FilingEvent, catalogue: Catalogue = CATALOGUE) -> list[tuple[str, date]]:
    return [(one.deadline.id, one.on) for one in due_of(events, catalogue.channels[channel])]


def test_nothing_is_due_before_anything_is_filed() -> None:
    assert due("nifa") == []


def test_nifa_checks_within_fifteen_working_days() -> None:
    filed = event(FilingStatus.FILED, date(2026, 2, 10))
    assert due("nifa", filed) == [("first_check", date(2026, 3, 9))]


def test_the_clock_stands_while_a_supplement_is_outstanding_and_begins_anew_with_it() -> None:
    filed = event(FilingStatus.FILED, date(2026, 3, 2))
    asked = event(FilingStatus.SUPPLEMENT_ASKED, date(2026, 3, 9))
    given_ = event(FilingStatus.SUPPLEMENTED, date(2026, 3, 16))
    assert due("nifa", filed, asked) == []
    assert due("nifa", filed, asked, given_) == due("nifa", event(FilingStatus.FILED, date(2026, 3, 16)))


def test_a_supplement_after_acceptance_lets_the_clock_of_acceptance_run() -> None:
    accepted = [event(FilingStatus.FILED, date(2026, 3, 2)), event(FilingStatus.ACCEPTED, date(2026, 3, 4))]
    asked = event(FilingStatus.SUPPLEMENT_ASKED, date(2026, 3, 9))
    given_ = event(FilingStatus.SUPPLEMENTED, date(2026, 3, 16))
    names = [name for name, _ in due("police", *accepted, asked, given_)]
    assert names == ["public_order_case"]


def test_a_refusal_by_the_police_leaves_a_week_for_a_review() -> None:
    filed = event(FilingStatus.FILED, date(2026, 3, 2))
    refused = event(FilingStatus.REJECTED, date(2026, 3, 4))
    assert ("review_request", date(2026, 3, 11)) in due("police", filed, refused)


def test_what_may_be_put_off_says_until_when() -> None:
    accepted = [event(FilingStatus.FILED, date(2026, 3, 2)), event(FilingStatus.ACCEPTED, date(2026, 3, 4))]
    (case,) = due_of(accepted, CATALOGUE.channels["police"])
    assert (case.on, case.extended_to) == (date(2026, 4, 3), (date(2026, 5, 6), date(2026, 6, 2)))
    assert not case.is_certain, "it may be a criminal case, which has no such limit"
    accepted[-1] = replace(accepted[-1], matter=Matter.PUBLIC_ORDER)
    assert due_of(accepted, CATALOGUE.channels["police"])[0].is_certain


@pytest.mark.parametrize(
    ("day", "status"), [(date(2026, 4, 14), "verified"), (date(2026, 4, 15), "to_be_verified")]
)
def test_the_rule_is_the_one_in_force_on_the_day(day: date, status: str) -> None:
    found = due_of([event(FilingStatus.FILED, day)], CATALOGUE.channels["samr"])
    assert {one.deadline.status.value for one in found} == {status}


def test_reminders_come_before_ones_own_duty_and_after_the_authoritys() -> None:
    events = [event(FilingStatus.FILED, date(2026, 3, 2)), event(FilingStatus.REJECTED, date(2026, 3, 4))]
    planned = {
        name: moment
        for name, moment, _ in reminder_times(due_of(events, CATALOGUE.channels["police"]), RECORDED)
    }
    assert planned["review_request"].isoformat() == "2026-03-10T09:00:00+08:00"  # due on the 11th
    assert planned["refusal_notice"].isoformat() == "2026-03-10T09:00:00+08:00"  # due on the 9th, a Monday
    assert (
        reminder_times(due_of(events, CATALOGUE.channels["police"]), datetime(2027, 1, 1, tzinfo=UTC)) == []
    )


@st.composite
def histories(draw: st.DrawFn) -> list[FilingEvent]:
    """Any order of events that is allowed, on days that never go back."""
    events: list[FilingEvent] = []
    last: FilingStatus | None = None
    day = draw(st.dates(date(2024, 1, 1), date(2027, 1, 1)))
    for _ in range(draw(st.integers(0, 8))):
        last = draw(st.sampled_from(TRANSITIONS[last]))
        day = date.fromordinal(day.toordinal() + draw(st.integers(0, 40)))
        events.append(event(last, day))
    return events


@settings(deadline=None)
@given(histories(), st.sampled_from(sorted(CATALOGUE.channels)))
def test_whatever_happened_what_is_due_lies_after_it_and_extensions_after_that(
    events: list[FilingEvent], channel: str
) -> None:
    for one in due_of(events, CATALOGUE.channels[channel]):
        assert events[-1].happened_on == one.since < one.on
        assert list(one.extended_to) == sorted(one.extended_to)
        assert all(day >= one.on for day in one.extended_to)
