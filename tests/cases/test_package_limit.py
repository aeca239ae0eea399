"""So many packages at once: each holds its place until it was sent, or could not be."""

import asyncio
import io
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.types import Message

from service.cases import package, package_router
from service.cases.package_router import PackageResponse
from service.edge.in_flight import InFlight
from tests.cases.case_requests import consent, new_case
from tests.clients import Api


async def test_a_second_package_of_a_reporter_waits_for_the_first(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    paths = []
    for person in (reporter, other):
        case_id = (await new_case(person))["case_id"]
        await consent(person, case_id, "police")
        paths.append(f"/v1/cases/{case_id}/packages/police")
    written, write_package = asyncio.Event(), package.write_package
    is_asked = asyncio.Event()

    async def slow(*arguments: Any, **named: Any) -> Any:
        is_asked.set()
        await written.wait()
        return await write_package(*arguments, **named)

    monkeypatch.setattr(package_router, "write_package", slow)
    first = asyncio.create_task(reporter.get(paths[0]))
    await is_asked.wait()
    refused = await reporter.get(paths[0])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    elsewhere = asyncio.create_task(other.get(paths[1]))
    written.set()
    answers = await asyncio.gather(first, elsewhere)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(int(answer.headers["Content-Length"]) == len(answer.content) for answer in answers)
    assert (await reporter.get(paths[0])).content == answers[0].content
    assert api.state["packages"]._under_way == {}


async def test_a_package_that_is_refused_holds_no_place(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for _ in range(3):
        assert (await reporter.get(f"/v1/cases/{case_id}/packages/police")).status_code == 403
    assert api.state["packages"]._under_way == {}


@pytest.mark.parametrize("fails", ["send", "never read"])
async def test_a_package_that_cannot_be_sent_lets_go_of_its_file_and_its_place(
    fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_router, "MOST_SECONDS", 0.05)
    packages, file = InFlight(in_all=1, each=1), io.BytesIO(b"x" * 1_000_000)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        if fails == "send":
            raise ConnectionResetError
        await asyncio.sleep(3600)

    with ExitStack() as held:
        held.enter_context(packages.admit(b"somebody"))
        held.enter_context(file)
        response = PackageResponse(held.pop_all(), file, {})
    with pytest.raises((Exception, BaseExceptionGroup)):
        await response({"type": "http", "asgi": {"spec_version": "2.0"}}, receive, send)
    assert file.closed
    with packages.admit(b"somebody"):
        pass
