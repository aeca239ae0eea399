"""Which event may follow which is one table, and every order it allows ends somewhere."""

import pytest

from service.cases.statuses import STATUS_NAMES, TRANSITIONS, Status, is_allowed


def test_every_status_has_a_name_and_a_row() -> None:
    assert set(STATUS_NAMES) == set(Status)
    assert set(TRANSITIONS) == {None, *Status}


def test_every_status_can_be_reached_and_left() -> None:
    reached: set[Status | None] = {None}
    waiting: list[Status | None] = [None]
    while waiting:
        for following in TRANSITIONS[waiting.pop()]:
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    assert reached == set(TRANSITIONS)
    assert all(TRANSITIONS.values())


@pytest.mark.parametrize("event", [event for event in Status if event is not Status.FILED])
def test_nothing_happens_to_what_was_not_filed(event: Status) -> None:
    assert not is_allowed(None, event)


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (Status.FILED, Status.FILED),
        (Status.FILED, Status.SUPPLEMENTED),
        (Status.SUPPLEMENT_ASKED, Status.UPHELD),
        (Status.UPHELD, Status.WITHDRAWN),
        (Status.WITHDRAWN, Status.UPHELD),
        (Status.ACCEPTED, Status.FILED),
    ],
)
def test_what_makes_no_sense_is_not_allowed(before: Status, event: Status) -> None:
    assert not is_allowed(before, event)
