"""The ledger as everybody may see it: checkpoints and key, no entry; in red once it was altered."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from service.edge.context import Context
from service.ledger import sign as signing
from service.ledger.checkpoint import read_checkpoint
from service.ledger.entry import Action, Entry
from service.ledger.sign import Notary
from service.ledger.store import fetch_checkpoint
from service.ledger.watch import LOOKED_AT_EVERY
from service.pages.visit import PUBLIC
from service.signed import encode_key
from tests.clients import Api
from tests.ledger.ledger_entries import grow, sign
from tests.pages.conftest import Person

People = Callable[..., Awaitable[Person]]


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Move the service's clock."""
    first = Context.now
    monkeypatch.setattr(Context, "now", lambda self: first(self) + by)


def entry(rows: int) -> Entry:
    """An entry of the ledger."""
    at = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    return Entry(action=Action.APPROVED, at=at, export_id=uuid4(), agency="12321", by="somebody", rows=rows)


async def test_checkpoints_and_key_are_shown_and_no_entry(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await person()
    assert "还没有检查点" in await somebody.get("/about/ledger")
    await grow(api.database, entry, 3)
    notary = Notary(api.keys.signer(), api.settings.ledger_note)
    await sign(api.database, notary, api.state["context"].now())
    later(monkeypatch, LOOKED_AT_EVERY)
    page = await somebody.get("/about/ledger")
    async with api.database.connection() as connection:
        kept = await fetch_checkpoint(connection)
    assert kept is not None
    assert kept.note in page
    assert read_checkpoint(kept.note, notary.key.public_key()).size == 3
    assert encode_key(notary.key.public_key()) in page
    assert "没有发现改动" in page
    assert "3 条" in page
    for row in await api.fetch("SELECT entry, encode(leaf_hash, 'hex') AS leaf FROM ledger"):
        assert row["leaf"] not in page
        assert row["entry"] not in page


async def test_an_altered_ledger_is_shown_in_red_with_whom_to_tell_and_is_not_kept(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grow(api.database, entry, 3)
    await sign(api.database, Notary(api.keys.signer(), api.settings.ledger_note), api.state["context"].now())
    somebody = await person()
    answer = await somebody.client.get("/en/about/ledger")
    assert answer.headers["cache-control"] == PUBLIC
    async with api.database.connection() as connection:
        await connection.execute("UPDATE ledger SET entry = 'rewritten' WHERE place = 1")
    later(monkeypatch, LOOKED_AT_EVERY)
    answer = await somebody.client.get("/en/about/ledger")
    assert answer.headers["cache-control"] == "no-store, no-transform"
    assert 'class="errors" role="alert"' in answer.text
    assert "entry 1 was altered" in answer.text
    assert "Tell the operator" in answer.text
    assert "nothing was changed. Looked at" not in answer.text


async def test_however_many_ask_it_is_looked_through_once(
    api: Api, person: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    look = signing.require_unaltered

    async def counted(*given: object) -> None:
        nonlocal looked
        looked += 1
        await look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("service.ledger.watch.require_unaltered", counted)
    somebody = await person()
    for _ in range(3):
        await somebody.get("/about/ledger")
    assert looked == 1
    later(monkeypatch, LOOKED_AT_EVERY - timedelta(seconds=30))
    await somebody.get("/about/ledger")
    assert looked == 1
