"""Which event may follow which is one table, and every order it allows ends somewhere."""

import pytest

from service.cases.statuses import STATUS_NAMES, TRANSITIONS, FilingStatus, may_follow, standing_places

ERROR = FilingStatus.RECORDED_IN_ERROR


def test_every_status_has_a_name_and_a_row() -> None:
    assert set(STATUS_NAMES) == set(FilingStatus)
    assert set(TRANSITIONS) == {None, *FilingStatus} - {ERROR}


def test_every_status_can_be_reached_and_left() -> None:
    reached: set[FilingStatus | None] = {None}
    waiting: list[FilingStatus | None] = [None]
    while waiting:
        for following in TRANSITIONS[waiting.pop()]:
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    assert reached == set(TRANSITIONS)
    assert all(TRANSITIONS.values())


@pytest.mark.parametrize("event", [event for event in FilingStatus if event is not FilingStatus.FILED])
def test_nothing_happens_to_what_was_not_filed(event: FilingStatus) -> None:
    assert event not in may_follow(None)


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (FilingStatus.FILED, FilingStatus.FILED),
        (FilingStatus.FILED, FilingStatus.SUPPLEMENTED),
        (FilingStatus.SUPPLEMENT_ASKED, FilingStatus.UPHELD),
        (FilingStatus.UPHELD, FilingStatus.WITHDRAWN),
        (FilingStatus.WITHDRAWN, FilingStatus.UPHELD),
        (FilingStatus.ACCEPTED, FilingStatus.FILED),
    ],
)
def test_what_makes_no_sense_is_not_allowed(before: FilingStatus, event: FilingStatus) -> None:
    assert event not in may_follow(before)


@pytest.mark.parametrize("before", [event for event in FilingStatus if event is not ERROR])
def test_whatever_happened_can_have_been_recorded_in_error(before: FilingStatus) -> None:
    assert may_follow(before) == (*TRANSITIONS[before], ERROR)


@pytest.mark.parametrize(
    ("events", "stand"),
    [
        ([], []),
        (["filed"], [0]),
        (["filed", "recorded_in_error"], []),
        (["filed", "recorded_in_error", "filed"], [2]),
        (["filed", "accepted", "recorded_in_error", "answered"], [0, 3]),
        (["filed", "accepted", "recorded_in_error", "recorded_in_error", "filed"], [4]),
    ],
)
def test_each_error_takes_back_the_newest_event_that_stands(events: list[str], stand: list[int]) -> None:
    assert standing_places([FilingStatus(event) for event in events]) == stand
