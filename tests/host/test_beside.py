"""Work beside the event loop: one piece at a time, in a process that ends when a piece takes too much."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from service.host.beside import MOST_BYTES, Beside, BusyError, SpentError
from tests.waiting import until


def where(_number: int) -> int:
    return os.getpid()


def niceness(_number: int) -> int:
    return os.nice(0)


def note(path: Path) -> None:
    """Leave the process id, and never end."""
    path.write_text(str(os.getpid()))
    while True:
        time.sleep(1)


def take(amount: int) -> int:
    return len(bytearray(amount))


def fail(_number: int) -> None:
    raise ZeroDivisionError


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_pieces_are_done_one_after_another_in_one_other_process_that_lets_others_go_first() -> None:
    beside = Beside()
    pids = await asyncio.gather(*(beside.run(where, n, seconds=30) for n in range(4)))
    assert len(set(pids)) == 1
    assert pids[0] != os.getpid()
    assert await beside.run(niceness, 0, seconds=30) > os.nice(0)


async def test_a_piece_that_takes_too_long_ends_with_its_process(tmp_path: Path) -> None:
    beside, path = Beside(), tmp_path / "pid"
    first = await beside.run(where, 0, seconds=30)
    with pytest.raises(SpentError):
        await beside.run(note, path, seconds=1.0)
    assert int(path.read_text()) == first
    assert not is_alive(first)
    assert await beside.run(where, 0, seconds=30) != first


async def test_a_piece_gets_so_much_memory_and_no_more() -> None:
    beside = Beside()
    with pytest.raises(SpentError):
        await beside.run(take, MOST_BYTES + 1, seconds=30)
    assert await beside.run(take, 1000, seconds=30) == 1000


async def test_an_error_of_the_work_is_raised_and_leaves_its_turn() -> None:
    beside = Beside(most_inside=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await beside.run(fail, 0, seconds=30)


async def test_so_many_wait_and_no_more() -> None:
    beside = Beside(most_inside=2)
    waiting = [asyncio.create_task(beside.run(where, n, seconds=30)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await beside.run(where, 0, seconds=30)
    await asyncio.gather(*waiting)
    assert await beside.run(where, 0, seconds=30)


async def test_who_no_longer_waits_ends_the_work(tmp_path: Path) -> None:
    beside, path = Beside(), tmp_path / "pid"
    pid = await beside.run(where, 0, seconds=30)
    task = asyncio.create_task(beside.run(note, path, seconds=30))

    async def is_under_way() -> bool:
        return path.exists()

    await until(is_under_way)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not is_alive(pid)
