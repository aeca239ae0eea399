"""Long work gives way: to look-ups, and to other long work one at a time."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

from service.edge.turns import TURN_SECONDS, Turns
from tests.waiting import DEADLINE_SECONDS


class Clock:
    """Moves by a step each time it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


async def others(count: Callable[[], None]) -> None:
    while True:
        count()
        await asyncio.sleep(0)


async def test_others_are_served_once_a_turn_has_lasted() -> None:
    clock, served = Clock(), [0]
    task = asyncio.create_task(others(lambda: served.__setitem__(0, served[0] + 1)))
    async with Turns(clock) as turns:
        for _ in range(100):
            await turns.give_way()
        assert served == [0]
        for expected in range(1, 10):
            clock.now += TURN_SECONDS
            await turns.give_way()
            assert served == [expected]
    task.cancel()


async def test_many_long_works_take_one_turn_between_two_look_ups() -> None:
    taken: list[int] = []
    looked_at: list[int] = []
    task = asyncio.create_task(others(lambda: looked_at.append(len(taken))))

    async def work(name: int) -> None:
        async with Turns(Clock(TURN_SECONDS)) as turns:  # each look at the clock ends a turn
            for _ in range(20):
                taken.append(name)
                await turns.give_way()

    await asyncio.gather(*(work(name) for name in range(10)))
    task.cancel()
    between = [after - before for before, after in pairwise(looked_at)]
    assert max(between) <= 2, between
    assert {taken.count(name) for name in range(10)} == {20}
    assert len(set(taken[:20])) == 10  # and none waits until another has ended


async def test_who_leaves_midway_lets_others_go_on() -> None:
    clock = Clock(TURN_SECONDS)

    async def work() -> None:
        async with Turns(clock) as turns:
            while True:
                await turns.give_way()

    leaving = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    async with asyncio.timeout(DEADLINE_SECONDS), Turns(clock) as turns:
        await turns.give_way()
