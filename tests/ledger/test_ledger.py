"""The ledger in the database and over HTTP: every step of an export, in order, provable."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.agencies.store import insert_agency
from service.database import Database
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.ledger.checkpoint import read_checkpoint
from service.ledger.entry import Entry
from service.ledger.merkle import is_consistent, is_included, leaf_hash, root_of
from service.ledger.sign import Notary
from service.ledger.store import list_entries
from tests.clients import Api
from tests.command_line import Dunwatch
from tests.exports.exporting import exporting
from tests.ledger.ledger_entries import grow, sign
from tests.waiting import until

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PERIOD = {"from": "2026-03-01", "to": "2026-04-01"}


async def test_entries_that_come_at_once_have_places_without_gaps(
    database: Database, entry: Callable[..., Entry]
) -> None:
    await asyncio.gather(*(grow(database, entry, 5) for _ in range(4)))
    async with database.connection() as connection:
        entries = await list_entries(connection, 0, at_most=100)
    assert [one.place for one in entries] == list(range(20))
    assert all(leaf_hash(one.entry.encode()) == one.leaf_hash for one in entries)


@pytest.fixture
async def agency(api: Api) -> httpx.AsyncClient:
    """The client of an agency."""
    async with api.database.connection() as connection:
        agency_id = await insert_agency(connection, "12321", "某机构", rows_per_30_days=100, now=NOW)
        _, token = await create_key(
            connection, label="x", scopes=[Scope.EXPORTS], now=NOW, agency_id=agency_id, purpose="查处"
        )
    await api.follow()
    return await api.client(token)


async def test_every_step_of_an_export_is_told_and_proved(api: Api, agency: httpx.AsyncClient) -> None:
    moderator = await api.partner(Scope.MODERATOR, source=None)
    asked = (await agency.post("/v1/exports", json=PERIOD | {"legal_basis": "某法第某条，某号文书"})).json()
    address = f"/v1/exports/{asked['export_id']}"
    await moderator.post(f"{address}/decision", json={"decision": "approved", "reason": "the letter"})

    async def is_done() -> bool:
        return bool((await agency.get(address)).json()["state"] == "done")

    async with exporting(api.database, api.settings, api.keys):
        await until(is_done)
    assert (await agency.get(f"{address}/files/reports.csv")).status_code == 200
    assert (await agency.head(f"{address}/files/reports.csv")).status_code == 200
    answer = (await agency.get("/v1/log/entries")).json()
    entries = [json.loads(one["entry"]) for one in answer["entries"]]
    assert [one["action"] for one in entries] == ["requested", "approved", "finished", "downloaded"]
    assert {one["export_id"] for one in entries} == {asked["export_id"]}
    own = (await agency.get(address)).json()
    assert own["purpose"] == own["manifest"]["purpose"] == "查处"
    assert entries[0]["purpose_sha256"] == sha256(own["purpose"].encode()).hexdigest()
    assert entries[0]["identifies_reporters"] is True
    shown = json.dumps(entries, ensure_ascii=False)
    assert "查处" not in shown, "what one agency asks for is proved to the others, not shown"
    assert "某法" not in shown
    assert entries[3]["file"] == "reports.csv"
    await check_proofs(api, agency, [leaf_hash(one["entry"].encode()) for one in answer["entries"]])


async def check_proofs(api: Api, agency: httpx.AsyncClient, leaves: list[bytes]) -> None:
    """Inclusion of an entry, and consistency between two sizes, as someone outside works them out."""
    included = (await agency.get("/v1/log/proof", params={"size": 4, "place": 2})).json()
    proof = [b64decode(one) for one in included["proof"]]
    root = b64decode(included["root"])
    assert root == root_of(leaves)
    assert is_included(proof, leaves[2], 2, size=4, root=root)
    grown = (await agency.get("/v1/log/proof", params={"size": 4, "first": 3})).json()
    proof = [b64decode(one) for one in grown["proof"]]
    assert is_consistent(proof, first=3, first_root=root_of(leaves[:3]), second=4, second_root=root)


@pytest.mark.parametrize(
    "params",
    [
        {"size": 3},
        {"size": 9, "place": 0},
        {"size": 3, "place": 3},
        {"size": 3, "first": 4},
        {"size": 3, "place": 0, "first": 1},
    ],
)
async def test_a_proof_that_cannot_be_is_refused(
    api: Api, agency: httpx.AsyncClient, entry: Callable[..., Entry], params: dict[str, int]
) -> None:
    await grow(api.database, entry, 3)
    refused = await agency.get("/v1/log/proof", params=params)
    assert (refused.status_code, refused.json()["code"]) == (422, "proof_impossible")


async def test_a_checkpoint_is_public_and_checked_with_the_signing_key(
    api: Api, entry: Callable[..., Entry]
) -> None:
    anybody = await api.client()
    assert (await anybody.get("/v1/log/checkpoint")).status_code == 404
    await grow(api.database, entry, 2)
    await sign(api.database, Notary(api.keys.signer(), api.settings.ledger_note), NOW)
    note = (await anybody.get("/v1/log/checkpoint")).text
    assert read_checkpoint(note, api.keys.signer().public_key()).size == 2
    assert (await anybody.get("/v1/log/checkpoint", params={"size": 1})).status_code == 404
    assert (await anybody.get("/v1/log/checkpoints")).json() == {"checkpoints": [{"size": 2, "note": note}]}
    assert (await anybody.get("/v1/log/entries")).status_code == 401


async def test_what_the_operator_takes_out_is_in_the_copy_that_is_checked(
    agency: httpx.AsyncClient, dunwatch: Dunwatch, tmp_path: Path
) -> None:
    key: Any = (await agency.get("/v1/exports/signing-key")).json()["public_key"]
    done = dunwatch("export", tmp_path / "export", "--from", "2026-03-01", "--to", "2026-04-01")
    assert done.returncode == 0, done.stderr
    assert dunwatch("log", tmp_path / "log").returncode == 0
    checked = dunwatch("verify", tmp_path / "export", "--log", tmp_path / "log", "--public-key", key)
    assert (checked.returncode, "contains the export" in checked.stderr) == (0, True), checked.stderr
    other = dunwatch("export", tmp_path / "other", "--from", "2026-03-01", "--to", "2026-04-01")
    assert other.returncode == 0
    unknown = dunwatch("verify", tmp_path / "other", "--log", tmp_path / "log", "--public-key", key)
    assert (unknown.returncode, "has no entry about this manifest" in unknown.stderr) == (1, True)
    entries = tmp_path / "log" / "entries.ndjson"
    entries.write_text(entries.read_text().replace('\\"rows\\":0', '\\"rows\\":1'))
    altered = dunwatch("verify", "--log", tmp_path / "log", "--public-key", key)
    assert (altered.returncode, "entry 0 was altered" in altered.stderr) == (1, True)
    assert dunwatch("verify", "--log", tmp_path / "log").returncode == 2
    assert dunwatch("verify").returncode == 2
