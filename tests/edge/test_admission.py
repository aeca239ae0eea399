"""What a process cannot serve in time is refused at once; strangers cannot take the places of others."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from math import ceil
from typing import cast

import pytest
from starlette.types import Scope as AsgiScope

from service.edge.access import ApiKey, token_of
from service.edge.admission import (
    BATCHES,
    FULL,
    LATE_SECONDS,
    LEAST,
    LOOK_SECONDS,
    LOOKS,
    MOST,
    WORK,
    YOUNG_INTERVALS,
    Admission,
    Ticket,
)
from service.edge.caller import Caller, Kind
from service.edge.declared import Body
from service.edge.operations import Operation
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
    door, (in_all, network, each) = Admission(), WORK[kind]
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
    door, each = Admission(), BATCHES[Kind.KEYS].each
    partner = of(Kind.KEYS, "partner", "a network")
    with ExitStack() as running:
        for _ in range(each):
            running.enter_context(door.batch(partner))
        assert code_of(lambda: stack.enter_context(door.batch(partner))) == "too_many_at_once"
        stack.enter_context(door.batch(of(Kind.KEYS, "another", "a network")))
    stack.enter_context(door.batch(partner))


def test_when_all_is_over_nobody_is_remembered() -> None:
    door = Admission()
    for kind in Kind:
        with door.work(of(kind, "one")) as end:
            end()
        with pytest.raises(ValueError, match="failed"), door.work(of(kind, "one")):
            raise ValueError("failed")
    assert door._work.is_empty


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def door() -> Admission:
    """An admission for which time passes by hand."""
    opened = Admission(Clock())
    opened.start()
    opened.stop()
    return opened


def pass_intervals(door: Admission, count: int, *, late: float = 0.0) -> None:
    clock = cast(Clock, door._clock)
    for _ in range(count * LOOKS):
        clock.now += LOOK_SECONDS + late
        door._look()
        door.stop()


REPORTS = Operation(
    method="POST",
    path="/v1/reports",
    pattern=re.compile(""),
    problems=(),
    tokens=(token_of("dw_rep_"),),
    body=Body.SMALL,
    server=None,
    is_counted=True,
    is_documented=True,
)


OPEN = replace(REPORTS, path="/v1/reporters", tokens=())


def asked_by(token: str | None, operation: Operation | None = REPORTS) -> AsgiScope:
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    return {"headers": headers, "route": operation}


STRANGER, PERSON, KEY = asked_by(None), asked_by("dw_rep_x"), asked_by("dw_key_x")


def enter_all(door: Admission, scope: AsgiScope) -> list[Ticket]:
    """Let in as many as the door lets in at a time."""
    tickets: list[Ticket] = []
    while (ticket := door.enter(scope)) is not None:
        tickets.append(ticket)
    return tickets


async def test_strangers_are_refused_first_and_keys_last(door: Admission) -> None:
    strangers = enter_all(door, STRANGER)
    people = enter_all(door, PERSON)
    keys = enter_all(door, KEY)
    assert len(strangers) == MOST * FULL[Kind.STRANGERS]
    assert len(strangers) + len(people) == ceil(MOST * FULL[Kind.PEOPLE])
    assert len(strangers) + len(people) + len(keys) == MOST
    door.leave(keys[0], REPORTS)
    door.leave(keys[0], REPORTS)  # counted once
    assert door.enter(PERSON) is None
    assert len(enter_all(door, KEY)) == 1


async def test_what_is_under_way_for_long_waits_for_something_else_and_takes_no_place(
    door: Admission,
) -> None:
    tickets = enter_all(door, KEY)
    pass_intervals(door, YOUNG_INTERVALS - 1)
    assert door.enter(KEY) is None
    pass_intervals(door, 1)
    assert len(enter_all(door, KEY)) == MOST
    for ticket in tickets:
        door.leave(ticket, None)
    assert door.enter(KEY) is None


async def test_a_loop_that_stays_late_lets_fewer_in_down_to_a_least_and_more_again_when_it_is_not(
    door: Admission,
) -> None:
    limits = [door.limit.most]
    for _ in range(40):
        tickets = enter_all(door, KEY)
        pass_intervals(door, 1, late=2 * LATE_SECONDS)
        for ticket in tickets:
            door.leave(ticket, None)
        limits.append(door.limit.most)
    assert limits[1] < MOST  # a single interval takes a fifth and no more
    assert limits[1] >= 0.7 * MOST
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] == LEAST
    pass_intervals(door, 10)
    assert LEAST < door.limit.most < MOST
    pass_intervals(door, MOST)
    assert door.limit.most == MOST


async def test_a_late_loop_with_hardly_a_request_is_no_reason_to_refuse_any(door: Admission) -> None:
    door.leave(cast(Ticket, door.enter(PERSON)), None)
    pass_intervals(door, 40, late=20 * LATE_SECONDS)
    assert door.limit.most == MOST


async def test_a_request_that_comes_and_leaves_alone_tells_how_long_one_takes(
    door: Admission,
) -> None:
    clock = cast(Clock, door._clock)
    first = cast(Ticket, door.enter(KEY))
    second = cast(Ticket, door.enter(KEY))
    for ticket in (second, first):  # the second came while the first was there; the first leaves alone
        clock.now += 0.01
        door.leave(ticket, REPORTS)
    assert door.limit._alone == {REPORTS: pytest.approx(0.02)}


@pytest.mark.parametrize("operation", [OPEN, None])
async def test_a_token_that_nobody_looks_at_says_nothing(
    door: Admission, operation: Operation | None
) -> None:
    for token in ("dw_key_x", "dw_rep_x"):
        enter_all(door, asked_by(token, operation))
    assert len(enter_all(door, KEY)) == MOST - MOST * FULL[Kind.STRANGERS]


async def test_a_request_whose_client_is_waited_for_takes_neither_place_nor_time(door: Admission) -> None:
    clock = cast(Clock, door._clock)
    tickets = enter_all(door, KEY)
    with door.waiting(tickets[0]):
        clock.now += 5.0
        instead = enter_all(door, KEY)
        assert len(instead) == 1
        door.leave(instead[0], None)
    assert door.enter(KEY) is None
    for ticket in tickets[1:]:
        door.leave(ticket, None)
    clock.now += 0.01
    door.leave(tickets[0], REPORTS)
    assert door.limit._alone == {REPORTS: pytest.approx(0.01)}


async def test_nothing_leaks_however_a_wait_and_an_answer_come_together(door: Admission) -> None:
    for _ in range(2 * MOST):
        ticket = cast(Ticket, door.enter(KEY))
        with door.waiting(ticket):
            pass_intervals(door, 1)
            door.leave(ticket, None)  # answered while its client is still listened to
        with door.waiting(ticket):
            door.leave(ticket, None)
    assert sum(interval[0] for interval in door._intervals) == 0
    assert len(enter_all(door, KEY)) == MOST


async def test_lateness_is_measured_in_the_running_loop() -> None:
    opened = Admission()
    opened.start()
    await asyncio.sleep(2 * LOOKS * LOOK_SECONDS)
    opened.stop()
    assert opened._looks > 0
    assert opened._timer is not None
    assert opened._timer.cancelled()
