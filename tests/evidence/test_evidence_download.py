"""Downloads are bounded: small pieces, so many at once, and none without end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from starlette.types import Message

from service.edge import sending
from service.edge.in_flight import InFlight
from service.evidence.sealing import SEALED_BYTES
from tests.clients import Api, new_report, refusal
from tests.evidence.evidence_files import recording
from tests.evidence.uploads import attached, objects
from tests.waiting import until

LARGE = recording(120)  # bytes: some thirty pieces


def open_objects(api: Api) -> int:
    """How many descriptors of this process are of objects in the vault."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += descriptor.readlink().is_relative_to(api.settings.evidence_dir)
    return count


async def download(
    api: Api, client: httpx.AsyncClient, path: str, send: Callable[[Message], Awaitable[None]]
) -> None:
    headers = [(name.lower(), value) for name, value in client.headers.raw]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "client": None, "scheme": "http", "server": None, "root_path": "",
             "asgi": {"spec_version": "2.4"}}  # fmt: skip

    async def receive() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    await api.app(scope, receive, send)


@asynccontextmanager
async def unread(api: Api, client: httpx.AsyncClient, path: str, count: int) -> AsyncIterator[list[Message]]:
    """So many downloads whose reader takes the head and one piece, and no more."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(download(api, client, path, send)) for _ in range(count)]

    async def are_under_way() -> bool:
        return len(sent) == 2 * count

    await until(are_under_way)
    yield sent
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_download_holds_a_small_piece_whatever_the_size_of_the_file(api: Api) -> None:
    reporter = await api.reporter()
    await attached(reporter, await new_report(reporter), LARGE)
    (name,) = objects(api)
    sizes = [len(piece) async for piece in api.state["vault"].read_sealed(UUID(name))]
    assert len(sizes) > 10
    assert max(sizes) <= 2 * SEALED_BYTES


async def test_so_many_downloads_of_one_reporter_run_at_once_and_others_are_not_held_up(api: Api) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    address = await attached(reporter, await new_report(reporter), LARGE)
    others = await attached(other, await new_report(other))
    async with unread(api, reporter, address, 4) as sent:
        assert {message.get("status", 200) for message in sent} == {200}
        refused = await reporter.get(address)
        assert refusal(refused) == (429, "too_many_at_once")
        assert refused.headers["Retry-After"]
        assert (await other.get(others)).status_code == 200
    assert (api.state["downloads"].under_way, open_objects(api)) == (0, 0)
    assert (await reporter.get(address)).content == LARGE


async def test_whoever_does_not_read_gets_no_more_and_the_object_is_closed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter), LARGE)
    monkeypatch.setattr(sending, "MOST_SECONDS", 0.3)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.sleep(3600)

    await download(api, reporter, address, send)
    assert sum(len(message.get("body", b"")) for message in sent) < len(LARGE)
    assert (api.state["downloads"].under_way, open_objects(api)) == (0, 0)


async def test_a_download_that_stalls_gives_its_place_to_whoever_asks_for_one(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.edge.in_flight.STALLED_SECONDS", 0.0)
    monkeypatch.setitem(api.state, "downloads", InFlight(in_all=1, each=1))
    stalled, other = await api.reporter(), await api.reporter()
    address = await attached(stalled, await new_report(stalled), LARGE)
    others = await attached(other, await new_report(other))
    async with unread(api, stalled, address, 1):
        assert (await other.get(others)).status_code == 200


async def test_what_is_not_found_or_damaged_holds_no_place(api: Api) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    (name,) = objects(api)
    (api.settings.evidence_dir / name).write_bytes(b"damaged")
    for _ in range(6):
        assert refusal(await reporter.get(address)) == (500, "evidence_damaged")
        assert (await reporter.get(f"{address[:-12]}{'0' * 12}")).status_code == 404
        assert (await reporter.head(address)).status_code == 200
    assert (api.state["downloads"].under_way, open_objects(api)) == (0, 0)
