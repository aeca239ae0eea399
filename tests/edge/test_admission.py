"""What a process cannot serve in time is refused at once; strangers cannot take the places of others."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from service.edge.access import ApiKey
from service.edge.admission import BATCHES, LOOK_SECONDS, WORK, Admission, Lateness
from service.edge.caller import Caller, Kind
from service.edge.problems import ProblemError


def of(kind: Kind, name: str, network: str = "a network") -> Caller:
    if kind is Kind.KEYS:
        return Caller(network, key=ApiKey(name, frozenset(), None, None, 0.0))
    return Caller(network, pseudonym=name.encode(), is_doubtful=kind is Kind.STRANGERS)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(ProblemError) as refused:
        work()
    assert refused.value.headers["Retry-After"]
    return refused.value.problem.code


@pytest.mark.parametrize("kind", list(Kind))
def test_each_and_each_network_has_a_share_and_no_kind_takes_that_of_another(
    kind: Kind, stack: ExitStack
) -> None:
    door, (in_all, network, each) = Admission(Lateness()), WORK[kind]
    names = (f"caller {place}" for place in count())
    one = of(kind, "one", "its network")
    ends = [stack.enter_context(door.work(one)) for _ in range(each)]
    assert code_of(lambda: stack.enter_context(door.work(one))) == "too_many_at_once"
    for _ in range(network - each):
        stack.enter_context(door.work(of(kind, next(names), "its network")))
    if network < in_all:
        assert (
            code_of(lambda: stack.enter_context(door.work(of(kind, "two", "its network"))))
            == "too_many_at_once"
        )
    for place in range(in_all - network):
        stack.enter_context(door.work(of(kind, f"other {place}", f"other network {place}")))
    assert code_of(lambda: stack.enter_context(door.work(of(kind, "last", "last")))) == "overloaded"
    for another in set(Kind) - {kind}:
        stack.enter_context(door.work(of(another, "one", "its network")))
    ends[0]()
    ends[0]()  # an answer that has begun frees its place once
    stack.enter_context(door.work(of(kind, "last", "last")))
    assert code_of(lambda: stack.enter_context(door.work(of(kind, "later", "later")))) == "overloaded"


def test_batches_of_a_key_are_counted_until_they_are_answered(stack: ExitStack) -> None:
    door, each = Admission(Lateness()), BATCHES[Kind.KEYS].each
    partner = of(Kind.KEYS, "partner", "a network")
    with ExitStack() as running:
        for _ in range(each):
            running.enter_context(door.batch(partner))
        assert code_of(lambda: stack.enter_context(door.batch(partner))) == "too_many_at_once"
        stack.enter_context(door.batch(of(Kind.KEYS, "another", "a network")))
    stack.enter_context(door.batch(partner))


def test_when_all_is_over_nobody_is_remembered() -> None:
    door = Admission(Lateness())
    for kind in Kind:
        with door.work(of(kind, "one")) as end:
            end()
        with pytest.raises(ValueError, match="failed"), door.work(of(kind, "one")):
            raise ValueError("failed")
    assert door._work.is_empty


async def test_a_loop_that_stays_late_lets_nobody_in() -> None:
    now = 0.0
    lateness = Lateness(clock=lambda: now)
    door = Admission(lateness)
    lateness.start()
    lateness.stop()  # here, time passes by hand

    def look(late: float) -> None:
        nonlocal now
        now += LOOK_SECONDS + late
        lateness._look()
        lateness.stop()

    look(5.0)
    door.require_time()  # a single pause, however long
    for _ in range(3):
        look(0.2)
    assert code_of(door.require_time) == "overloaded"
    for _ in range(10):
        look(0.0)
    door.require_time()


async def test_lateness_is_measured_in_the_running_loop() -> None:
    lateness = Lateness()
    lateness.start()
    await asyncio.sleep(3 * LOOK_SECONDS)
    lateness.stop()
    assert 0.0 <= lateness.seconds < 1.0
    assert lateness._timer is not None
    assert lateness._timer.cancelled()
