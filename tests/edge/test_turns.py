"""Long work gives way."""

import asyncio

from service.edge.turns import TURN_SECONDS, Turns


async def test_others_are_served_once_a_turn_has_lasted() -> None:
    now, served = 0.0, 0

    async def others() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    turns = Turns(clock=lambda: now)
    for _ in range(100):
        await turns.give_way()
    assert served == 0
    for expected in range(1, 10):
        now += TURN_SECONDS
        await turns.give_way()
        assert served == expected
    task.cancel()
