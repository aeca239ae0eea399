"""Which event may follow which is one table, and every order it allows ends somewhere."""

import pytest

from service.cases.statuses import STATUS_NAMES, TRANSITIONS, FilingStatus, is_allowed


def test_every_status_has_a_name_and_a_row() -> None:
    assert set(STATUS_NAMES) == set(FilingStatus)
    assert set(TRANSITIONS) == {None, *FilingStatus}


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
    assert not is_allowed(None, event)


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
    assert not is_allowed(before, event)
