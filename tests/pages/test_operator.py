"""The operator's page: what waits, who may do what, whether the ledger is intact, and what works without a database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.database import Database, DatabaseUnavailableError
from service.edge.access import Scope
from service.ledger.entry import Action, Entry
from service.ledger.sign import Notary, sign_ledger
from service.ledger.store import append_entry
from service.ledger.watch import LedgerWatch
from service.pages.operating import counted_refusals
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
    assert "as it was signed" not in await somebody.get("/en/operator")  # nothing was


async def test_an_altered_ledger_is_told(api: Api, person: People, tmp_path: Path) -> None:
    notary = Notary(api.keys.signer(), tmp_path / "note")
    async with api.database.connection() as connection, connection.transaction():
        await append_entry(connection, Entry(action=Action.WRITTEN, at=datetime.now(UTC), by="tester"))
    async with api.database.connection() as connection, connection.transaction():
        await sign_ledger(connection, notary, datetime.now(UTC))
    somebody = await operator(api, person)
    assert "与签名一致" in await somebody.get("/operator")
    api.state["ledger"] = LedgerWatch()  # ten minutes later
    await api.fetch("UPDATE ledger SET entry = replace(entry, 'tester', 'nobody')")
    assert "与签名不一致" in await somebody.get("/operator")


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
    assert "仍然可用：查号" in page


def test_refusals_are_counted_by_code() -> None:
    text = (
        "# HELP dunwatch_refusals Counts.\n# TYPE dunwatch_refusals counter\n"
        'dunwatch_refusals_total{code="wrong_key"} 3.0\ndunwatch_refusals_total{code="never"} 0.0\n# EOF\n'
    )
    assert counted_refusals(text) == {"wrong_key": 3}
