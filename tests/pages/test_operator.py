"""The operator's page: what waits, who may do what, whether the ledger is intact, and what works without a database."""

from collections.abc import Awaitable, Callable

import pytest

from service.database import Database, DatabaseUnavailableError
from service.edge.access import Scope
from tests.clients import NUMBER, Api
from tests.pages.conftest import Person

People = Callable[..., Awaitable[Person]]


async def operator(api: Api, person: People) -> Person:
    """Somebody who has signed in with a key of the operator."""
    client = await api.partner(Scope.ADMINISTRATOR, source=None)
    somebody = await person()
    await somebody.send("/staff", {"key": client.headers["authorization"].partition(" ")[2]})
    return somebody


async def test_the_page_tells_what_waits_and_which_command_mends_it(api: Api, person: People) -> None:
    owner = await api.owner()
    said = {"reason": "never_called", "statement": "我从来没有打过这些电话"}
    await owner.post("/v1/disputes", json=said)
    await api.fetch("UPDATE disputes SET due_on = '2026-01-05'")
    await api.fetch(
        "INSERT INTO agenda (number, task, due_at, reasons) VALUES ($1, 'review', now(), '{burst}')", NUMBER
    )
    somebody = await operator(api, person)
    page = await somebody.get("/operator")
    assert "1 件超期" in page
    for command in (
        "dunwatch reviews",
        "dunwatch disputes list",
        "dunwatch backup",
        "dunwatch purge --dry-run",
    ):
        assert command in page
    assert NUMBER not in page
    assert "dw_key_" not in page


async def test_without_a_database_the_page_says_what_still_works(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.publish()
    somebody = await operator(api, person)

    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("away")

    monkeypatch.setattr(Database, "connection", away)
    page = await somebody.get("/operator")
    assert "数据库连不上" in page
    assert "等待处理" not in page
