"""Heavy requests are admitted while there is room, in all and for each person."""

from contextlib import ExitStack

import pytest

from service.edge.in_flight import InFlight
from service.edge.problems import ProblemError


def test_there_is_room_for_so_many_of_each_and_in_all() -> None:
    flights = InFlight(in_all=3, each=2)
    with ExitStack() as stack:
        for person in (b"a", b"a", b"b"):
            stack.enter_context(flights.admit(person))
        for person in (b"a", b"b", b"c"):
            with pytest.raises(ProblemError, match="too_many_at_once"):
                stack.enter_context(flights.admit(person))
    with flights.admit(b"c"), flights.admit(b"c"), flights.admit(b"a"):
        pass


def test_who_is_full_leaves_room_for_others() -> None:
    flights = InFlight(in_all=3, each=1)
    with flights.admit(b"a"):
        with pytest.raises(ProblemError):
            flights.admit(b"a").__enter__()
        with flights.admit(b"b"):
            pass


def test_what_fails_leaves_its_room() -> None:
    flights = InFlight(in_all=1, each=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), flights.admit(b"a"):
            raise ZeroDivisionError
