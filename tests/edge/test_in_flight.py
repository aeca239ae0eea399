"""Heavy requests are admitted while there is room, in all and for each person, and nobody keeps others out by waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager

import pytest

from service.edge.in_flight import STALLED_SECONDS, InFlight, Pace, Place, TooSlowError
from service.edge.problems import ProblemError
from tests.waiting import DEADLINE_SECONDS

PACE = Pace(most_seconds=3600)


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def waiting(flights: InFlight, *who: tuple[bytes, str]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Requests that hold their places and wait for their clients."""

    async def hold(person: bytes, network: str) -> None:
        with flights.admit(person, network) as place:
            await place.wait(asyncio.Event().wait, PACE)

    tasks = [asyncio.create_task(hold(*one)) for one in who]
    await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ended(task: asyncio.Task[None]) -> bool:
    done, _ = await asyncio.wait([task], timeout=DEADLINE_SECONDS)
    return bool(done) and isinstance(task.exception(), TooSlowError)


def test_there_is_room_for_so_many_of_each_and_in_all() -> None:
    flights = InFlight(in_all=3, each=2)
    with ExitStack() as stack:
        for person in (b"a", b"a", b"b"):
            stack.enter_context(flights.admit(person, "here"))
        for person in (b"a", b"b", b"c"):
            with pytest.raises(ProblemError, match="too_many_at_once"):
                stack.enter_context(flights.admit(person, "here"))
    with flights.admit(b"c", "here"), flights.admit(b"c", "here"), flights.admit(b"a", "here"):
        pass


def test_who_is_full_leaves_room_for_others() -> None:
    flights = InFlight(in_all=3, each=1)
    with flights.admit(b"a", "here"):
        with pytest.raises(ProblemError):
            flights.admit(b"a", "here").__enter__()
        with flights.admit(b"b", "here"):
            pass


def test_what_fails_leaves_its_room() -> None:
    flights = InFlight(in_all=1, each=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), flights.admit(b"a", "here"):
            raise ZeroDivisionError
    assert flights.under_way == 0


async def test_eight_who_wait_do_not_keep_a_ninth_out() -> None:
    clock = Clock()
    flights = InFlight(in_all=8, each=1, clock=clock)
    async with waiting(flights, *((bytes([n]), "here") for n in range(8))) as tasks:
        with pytest.raises(ProblemError, match="too_many_at_once"):
            flights.admit(b"ninth", "here").__enter__()
        clock.now += STALLED_SECONDS
        with flights.admit(b"ninth", "here"), flights.admit(b"tenth", "here"):
            assert flights.under_way == 8
            await asyncio.sleep(0.01)
            assert sum([task.done() for task in tasks]) == 2


async def test_a_person_whose_connection_broke_is_not_kept_out_by_it() -> None:
    clock = Clock()
    flights = InFlight(in_all=8, each=1, clock=clock)
    async with waiting(flights, (b"a", "here")) as (task,):
        clock.now += STALLED_SECONDS
        with flights.admit(b"a", "here"):
            assert await ended(task)


async def test_networks_that_hold_many_places_give_way_to_those_that_hold_few() -> None:
    flights = InFlight(in_all=4, each=4, clock=Clock())
    people = [(b"a", "many"), (b"b", "many"), (b"c", "many"), (b"d", "few")]
    async with waiting(flights, *people) as tasks:
        with pytest.raises(ProblemError):
            flights.admit(b"e", "many").__enter__()
        with flights.admit(b"f", "few"), pytest.raises(ProblemError):
            flights.admit(b"g", "few").__enter__()
        await asyncio.sleep(0.01)
        assert [task.done() for task in tasks].count(True) == 1
        assert not tasks[3].done()


async def test_who_waits_for_the_service_keeps_the_place() -> None:
    clock = Clock()
    flights = InFlight(in_all=1, each=1, clock=clock)
    with flights.admit(b"a", "here"):
        clock.now += 3600
        with pytest.raises(ProblemError):
            flights.admit(b"b", "there").__enter__()


@pytest.mark.parametrize(("moved", "seconds", "is_in_time"), [
    (0, 9.0, True), (0, 11.0, False), (8 * 1024, 10.5, True), (8 * 1024, 12.0, False), (8 * 1024 * 100, 109.0, True),
])  # fmt: skip
async def test_a_client_moves_so_much_on_average(moved: int, seconds: float, *, is_in_time: bool) -> None:
    clock = Clock()
    place = Place(b"a", "here", clock)
    place.moved_bytes = moved
    clock.now = seconds
    answer = await told(place, lambda: asyncio.sleep(0.005, "moved"))
    assert answer == ("moved" if is_in_time else "too slow")


async def test_all_of_it_takes_so_long_and_no_longer() -> None:
    clock = Clock()
    place = Place(b"a", "here", clock)
    place.moved_bytes = 10**9
    clock.now = PACE.most_seconds
    assert await told(place, lambda: asyncio.sleep(0.005, "moved")) == "over"


async def told(place: Place, move: Callable[[], Awaitable[str]]) -> str:
    try:
        return await place.wait(move, PACE)
    except TooSlowError as slow:
        return "over" if slow.is_over else "too slow"
