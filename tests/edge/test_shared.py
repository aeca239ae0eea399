"""What strangers may ask for as often as they like is worked out once for all who ask at once."""

import asyncio

import pytest

from service.edge.shared import Shared


async def test_who_asks_meanwhile_gets_the_same() -> None:
    shared, runs, gate = Shared[int](), 0, asyncio.Event()

    async def work() -> int:
        nonlocal runs
        runs += 1
        await gate.wait()
        return runs

    asking = [asyncio.create_task(shared.get(work)) for _ in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()  # the one who began it leaves
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 99
    assert await shared.get(work) == 2


async def test_a_failure_is_everybodys_and_the_next_one_tries_again() -> None:
    shared = Shared[int]()

    async def fail() -> int:
        raise ValueError("failed")

    async def succeed() -> int:
        return 1

    for answer in await asyncio.gather(*(shared.get(fail) for _ in range(3)), return_exceptions=True):
        assert isinstance(answer, ValueError)
    assert await shared.get(succeed) == 1


@pytest.mark.parametrize(
    ("took", "rest"), [(0.125, 0.5), (0.25, 1.0), (60.0, 1.0)], ids=["quick", "slow", "hung"]
)
async def test_work_rests_four_times_as_long_as_it_took_but_no_longer_than_a_second(
    monkeypatch: pytest.MonkeyPatch, took: float, rest: float
) -> None:
    now, slept = 100.0, []
    shared = Shared[None](clock=lambda: now)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def work() -> None:
        nonlocal now
        now += took

    monkeypatch.setattr("service.edge.shared.asyncio.sleep", sleep)
    for _ in range(3):
        await shared.get(work)
    assert slept == [0.0, rest, rest]
