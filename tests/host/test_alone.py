"""A process of its own: bytes in, bytes out, within bounds, ended with what takes too much and when nothing comes."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.host.alone import Alone
from service.host.beside import Asker, Beside, SpentError
from tests.waiting import until

ME = Asker(b"me", "here")
MOST_BYTES = 512 * 1024 * 1024


WORK = "tests.host.alone_work:work"


@pytest.fixture
async def alone() -> AsyncIterator[Alone]:
    made = Alone(WORK, most_bytes=MOST_BYTES, idle_seconds=600)
    yield made
    await made.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_process_does_one_piece_after_another_and_leaves_nothing_behind(
    alone: Alone, tmp_path: Path
) -> None:
    assert alone.pid is None
    first = await alone.do(b"pid")
    assert int(first) == alone.pid != os.getpid()
    assert await alone.do(b"print") == first
    assert await alone.do(b"write " + bytes(tmp_path / "picture")) == b"OSError"
    assert (await alone.do(b"bounds")).startswith(b"((0, 0), ")
    assert await alone.do(b"take 1000000") == b"1000000"


@pytest.mark.parametrize("asked", [b"take 1000000000", b"fail"])
async def test_a_piece_that_takes_too_much_or_fails_ends_the_process_and_the_next_has_another(
    alone: Alone, asked: bytes
) -> None:
    beside = Beside()
    first = int(await alone.do(b"pid"))
    with pytest.raises(SpentError):
        await beside.in_turn(lambda: alone.do(asked), asker=ME, seconds=30)
    assert not is_alive(first)
    assert int(await alone.do(b"pid")) != first


async def test_a_piece_that_takes_too_long_is_ended_with_its_process(alone: Alone) -> None:
    beside = Beside()
    first = int(await alone.do(b"pid"))
    with pytest.raises(SpentError):
        await beside.in_turn(lambda: alone.do(b"sleep"), asker=ME, seconds=0.2)
    assert not is_alive(first)
    assert await beside.in_turn(lambda: alone.do(b"pid"), asker=ME, seconds=30)


async def test_it_ends_by_itself_when_nothing_comes() -> None:
    alone = Alone(WORK, most_bytes=MOST_BYTES, idle_seconds=0.01)
    pid = int(await alone.do(b"pid"))

    async def is_over() -> bool:
        return alone.pid is None and not is_alive(pid)

    await until(is_over)


async def test_pieces_wait_for_their_turn(alone: Alone) -> None:
    beside = Beside(most_each=4)
    asked = (beside.in_turn(lambda: alone.do(b"pid"), asker=ME, seconds=30) for _ in range(3))
    assert len(set(await asyncio.gather(*asked))) == 1
