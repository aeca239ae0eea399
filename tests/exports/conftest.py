"""Reports and verdicts put straight into the database: exports are tested without what comes before."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.agencies.store import insert_agency
from service.database import Database
from service.exports.columns import COLUMNS
from service.exports.files import ExportFiles
from service.exports.layouts import LAYOUTS
from service.exports.manifest import MANIFEST_NAME, Manifest, Selection
from service.exports.per_report import HandOver
from service.exports.row_ids import RowIds
from service.exports.schemas import ExportRequest
from service.exports.snapshot import ExportedReport, ReportSource
from service.exports.store import Recipient
from service.exports.words import Format
from service.exports.write import ExportOrder, write_export
from service.secrets import KeyRing
from service.settings import Settings
from tests.exports.under_way import Exports

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
NUMBER = "+8619790001234"

REPORT = {
    "number": NUMBER, "occurred_minute": "2026-03-01T02:03:00Z", "source_id": 0, "cluster": 1,
    "kind": "mobile", "is_simulated": False, "medium": "voice", "occurred_at": "2026-03-01T02:03:04Z",
    "time_known": True, "recorded_at": "2026-03-01T03:00:00Z", "narrative": "称要上门", "opinion": "abusive",
    "weight": 1, "evidence_weight": 1, "is_seasoned": True, "is_counted": True,
}  # fmt: skip
VERDICT = {
    "number": NUMBER, "revision": 1, "verdict": "confirmed", "kind": "mobile", "score": 0.87, "reasons": [],
    "reports_at_least": 3, "reporters_at_least": 3, "opposed_by_at_least": 0, "suspected_spoofing": False,
    "is_simulated": False, "model_version": "test-1", "decided_at": "2026-03-02T00:00:00Z",
}  # fmt: skip


class Given:
    """Puts rows into the database; whatever a test does not name has a plain value."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, number: str = NUMBER, **columns: object) -> UUID:
        """One report, by a reporter of its own."""
        report_id = uuid4()
        own = {"number": number, "report_id": str(report_id), "reporter": f"\\x{report_id.hex}"}
        await self._insert("reports", REPORT | own | columns)
        return report_id

    async def verdict(self, number: str = NUMBER, verdict: str = "confirmed", **columns: object) -> None:
        """One revision of a verdict."""
        await self._insert("verdicts", VERDICT | {"number": number, "verdict": verdict} | columns)

    async def dispute(self, number: str = NUMBER, **columns: object) -> None:
        """An open dispute of a number."""
        row = {
            "number": number, "dispute_id": str(uuid4()), "kind": "mobile", "reason": "other", "brings_new": False,
            "opened_at": "2026-03-04T00:00:00Z", "due_on": "2026-03-25", "state": "open",
        }  # fmt: skip
        await self._insert("disputes", row | columns)

    async def supplement(self, report_id: UUID, **columns: object) -> None:
        """What a reporter added later."""
        row = {"number": NUMBER, "report_id": str(report_id), "recorded_at": "2026-03-03T00:00:00Z"}
        await self._insert("report_supplements", row | columns)

    async def agency(self, name: str = "an-agency", *, rows_per_30_days: int = 10**6) -> Recipient:
        """An agency, as one of its exports names it."""
        async with self._database.connection() as connection:
            agency_id = await insert_agency(
                connection, name, "某机构", rows_per_30_days=rows_per_30_days, now=NOW
            )
        return Recipient(agency_id, name, "testing")

    async def execute(self, statement: str, *arguments: object) -> None:
        """Any other change."""
        async with self._database.connection() as connection:
            await connection.execute(statement, *arguments)

    async def _insert(self, table: str, row: dict[str, object]) -> None:
        statement = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)"
        await self.execute(statement, json.dumps(row))


@pytest.fixture
def given(database: Database) -> Given:
    return Given(database)


@pytest.fixture
def wanted() -> Callable[..., ExportRequest]:
    """A request for March 2026, but for what is named."""

    def request(**members: object) -> ExportRequest:
        return ExportRequest.model_validate({"from": "2026-03-01", "to": "2026-04-01"} | members)

    return request


@pytest.fixture
def export(database: Database, keys: KeyRing, tmp_path: Path) -> Callable[..., object]:
    """Write an export now; gives its directory."""

    async def write(request: ExportRequest, name: str = "export", **named: Any) -> Path:
        directory = tmp_path / "exports" / name
        progress = named.pop("progress", lambda _rows: None)
        members: dict[str, Any] = {"keys": keys, "export_id": uuid4(), "now": NOW} | named
        await write_export(database, ExportOrder(request=request, **members), directory, progress=progress)
        return directory

    return write


@pytest.fixture
def reported() -> Callable[..., ExportedReport]:
    """A report as the database gives it to an export."""

    def report(**members: Any) -> ExportedReport:
        plain: dict[str, Any] = {
            "number": NUMBER, "kind": "mobile", "report_id": "c0ffee00-0000-4000-8000-000000000000",
            "source_id": 0, "is_simulated": False, "shown": None, "medium": "voice",
            "occurred_at": "2026-03-01 10:03:04", "recorded_at": "2026-03-01 11:00:00",
            "duration_seconds": None, "connected": None,
            "caller": None, "claimed_institution": None, "violations": "", "narrative": "称要上门",
            "verdict": "unknown", "score": None, "revision": None, "suspected_spoofing": False,
            "verdict_is_simulated": False, "model_version": None, "campaign_id": None, "relation": None,
            "is_counted": True, "sealed": None, "later_sealed": None, "has_recording": None,
        }  # fmt: skip
        return ExportedReport(**(plain | members))

    return report


@pytest.fixture
def hand_over(keys: KeyRing) -> HandOver:
    """What fills rows, for the reports of the crowd."""
    sources = {0: ReportSource("crowd", "collection")}
    return HandOver(handed_over_on=NOW.date(), sources=sources, row_ids=RowIds(keys, "an-agency"))


@pytest.fixture
def finished(
    tmp_path: Path, keys: KeyRing, reported: Callable[..., ExportedReport], hand_over: HandOver
) -> Path:
    """A finished export of two rows in every format, signed by `keys`, made without a database."""
    directory = tmp_path / "finished"
    directory.mkdir()
    formats: tuple[Format, ...] = ("csv", "ndjson", "xlsx", "parquet")
    with ExportFiles(directory, LAYOUTS["12321"], formats) as files:
        files.write([hand_over.row(reported()), hand_over.row(reported(narrative="第一行\n第二行"))])
        entries = files.finish()
    manifest = Manifest(
        export_id=uuid4(),
        created_at=NOW,
        request=Selection(
            start=NOW, end=NOW, verdicts=("confirmed",), layout="12321", legal_basis=None, changes_only=False
        ),
        recipient="an-agency",
        purpose="testing",
        columns=COLUMNS,
        files=entries,
        model_versions=("test-1",),
        feed_id=uuid4(),
        revision=7,
        service_version="1",
    )
    (directory / MANIFEST_NAME).write_bytes(manifest.signed(keys.signer()).render())
    return directory


@pytest.fixture
def exports(database: Database, settings: Settings, keys: KeyRing) -> Exports:
    """Exports that a worker is to write."""
    return Exports(database, settings, keys)
