"""Work beside the event loop: one piece at a time, in a process that ends when a piece takes too much."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from service.host.beside import MOST_BYTES, Asker, Beside, BusyError, SpentError
from service.host.priority import NICENESS
from tests.waiting import DEADLINE_SECONDS, until

ME = Asker(b"me", "here")


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
    beside = Beside(most_each=4)
    pids = await asyncio.gather(*(beside.run(where, n, asker=ME, seconds=DEADLINE_SECONDS) for n in range(4)))
    assert len(set(pids)) == 1
    assert pids[0] != os.getpid()
    assert await beside.run(niceness, 0, asker=ME, seconds=DEADLINE_SECONDS) > os.nice(0)


async def test_a_piece_that_takes_too_long_ends_with_its_process(tmp_path: Path) -> None:
    beside, path = Beside(), tmp_path / "pid"
    first = await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)
    for seconds in (1.0, 60.0):  # a busy machine may not even have begun in the shorter time
        with pytest.raises(SpentError):
            await beside.run(note, path, asker=ME, seconds=seconds)
        if path.exists():
            break
        first = await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)
    assert int(path.read_text()) == first
    assert not is_alive(first)
    assert await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS) != first


async def test_a_piece_gets_so_much_memory_and_no_more() -> None:
    beside = Beside()
    with pytest.raises(SpentError):
        await beside.run(take, MOST_BYTES + 1, asker=ME, seconds=DEADLINE_SECONDS)
    assert await beside.run(take, 1000, asker=ME, seconds=DEADLINE_SECONDS) == 1000


async def test_an_error_of_the_work_is_raised_and_leaves_its_turn() -> None:
    beside = Beside(most_inside=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await beside.run(fail, 0, asker=ME, seconds=DEADLINE_SECONDS)


def sleeper(path: Path) -> int:
    """Go on once there is a file; note the process before."""
    path.with_suffix(".begun").write_text("")
    while not path.exists():
        time.sleep(0.005)
    return os.getpid()


def noted(path: Path, who: str) -> None:
    """Note, behind those before, whose turn it was."""
    with path.open("a") as file:
        file.write(who + "\n")


async def under_way(beside: Beside, path: Path, asker: Asker = ME) -> "asyncio.Task[int]":
    """A piece of work that goes on until the path exists."""
    task = asyncio.create_task(beside.run(sleeper, path, asker=asker, seconds=DEADLINE_SECONDS))

    async def has_begun() -> bool:
        return path.with_suffix(".begun").exists()

    await until(has_begun)
    return task


async def test_so_many_wait_and_no_more_and_so_many_of_one_person(tmp_path: Path) -> None:
    for most_inside, most_each, path in ((2, 3, tmp_path / "a"), (3, 2, tmp_path / "b")):
        beside = Beside(most_inside=most_inside, most_each=most_each)
        waiting = [
            await under_way(beside, path),
            asyncio.create_task(beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)),
        ]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)
        path.touch()
        await asyncio.gather(*waiting)
        assert await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)


async def test_a_network_that_holds_much_gives_way_to_one_that_holds_less(tmp_path: Path) -> None:
    beside, path = Beside(most_inside=4), tmp_path / "go"
    first = await under_way(beside, path, Asker(b"0", "greedy"))
    greedy = [
        asyncio.create_task(beside.run(where, 0, asker=Asker(bytes([n]), "greedy"), seconds=DEADLINE_SECONDS))
        for n in range(3)
    ]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await beside.run(where, 0, asker=Asker(b"one more", "greedy"), seconds=DEADLINE_SECONDS)
    others = [
        asyncio.create_task(beside.run(where, 0, asker=Asker(bytes([n]), name), seconds=DEADLINE_SECONDS))
        for n, name in enumerate(("other", "third"))
    ]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):  # each has about as much by now
        await beside.run(where, 0, asker=Asker(b"late", "other"), seconds=DEADLINE_SECONDS)
    path.touch()
    ended = await asyncio.gather(first, *greedy, *others, return_exceptions=True)
    assert [isinstance(one, BusyError) for one in ended] == [False, False, True, True, False, False]


async def test_networks_take_turns(tmp_path: Path) -> None:
    beside, path, order = Beside(), tmp_path / "go", tmp_path / "order"
    first = await under_way(beside, path, Asker(b"0", "a"))
    waiting = [
        asyncio.create_task(
            beside.run(noted, order, name, asker=Asker(bytes([n]), name), seconds=DEADLINE_SECONDS)
        )
        for n, name in enumerate("aaabbc")
    ]
    await asyncio.sleep(0)
    path.touch()
    await asyncio.gather(first, *waiting)
    assert "".join(order.read_text().split()) == "bcabaa"


async def test_a_piece_whose_client_has_left_is_worked_on_and_the_process_is_used_again(
    tmp_path: Path,
) -> None:
    beside, path = Beside(), tmp_path / "go"
    pid = await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)
    left = await under_way(beside, path)
    waiting = asyncio.create_task(beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    assert is_alive(pid)
    with pytest.raises(BusyError):  # nor does leaving make room
        await beside.run(where, 0, asker=ME, seconds=DEADLINE_SECONDS)
    path.touch()
    assert await waiting == pid


async def test_who_leaves_the_queue_leaves_nothing_in_it(tmp_path: Path) -> None:
    beside, path, order = Beside(), tmp_path / "go", tmp_path / "order"
    first = await under_way(beside, path)
    left = asyncio.create_task(beside.run(noted, order, "left", asker=ME, seconds=DEADLINE_SECONDS))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    path.touch()
    await asyncio.gather(first, beside.run(noted, order, "stayed", asker=ME, seconds=DEADLINE_SECONDS))
    assert order.read_text() == "stayed\n"


class Costly:
    """What runs at the import of a module that work needs, as far as the worker can tell."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os.nice, (0,)


def told(niceness: object) -> object:
    return niceness


async def test_what_the_work_needs_is_brought_along_within_its_bounds() -> None:
    brought = await Beside().run(told, Costly(), asker=ME, seconds=DEADLINE_SECONDS)
    assert brought == os.nice(0) + NICENESS
