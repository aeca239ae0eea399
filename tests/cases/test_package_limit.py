"""So many packages are made at once; one that is made holds its place no more, however slowly it is read."""

import asyncio
import time
from typing import Any

import pytest

from service.cases import package, package_router
from service.host.beside import Beside
from tests.cases.case_requests import consent, new_case
from tests.clients import Api, refusal


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
    assert (api.state["packages"].under_way, api.state["answers"].under_way) == (0, 0)


async def test_a_package_that_is_refused_holds_no_place(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for _ in range(3):
        assert (await reporter.get(f"/v1/cases/{case_id}/packages/police")).status_code == 403
    assert (api.state["packages"].under_way, api.state["answers"].under_way) == (0, 0)


def forever(_given: object, _font: object) -> None:
    """What runs instead of printing."""
    while True:
        time.sleep(1)


async def test_documents_that_take_too_long_are_given_up_and_the_next_are_made(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await consent(reporter, case_id, "police")
    path = f"/v1/cases/{case_id}/packages/police"
    with monkeypatch.context() as patched:
        patched.setattr(package, "print_documents", forever)
        patched.setattr(package, "PRINTING_SECONDS", 0.2)
        assert refusal(await reporter.get(path)) == (422, "package_beyond_bounds")
    assert (await reporter.get(path)).status_code == 200


async def test_so_many_documents_wait_to_be_made_and_no_more(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    await consent(reporter, case_id, "police")
    monkeypatch.setattr(api.state["printer"], "_beside", Beside(most_inside=0))
    refused = await reporter.get(f"/v1/cases/{case_id}/packages/police")
    assert refusal(refused) == (429, "too_many_at_once")
