"""Exports: rows a second against `COPY … TO` of the same rows, and memory above an export of nothing."""

import asyncio
import re
import shutil
import time
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import asyncpg

from benchmarks.rig import Measurement, Rig, dunwatch, in_turns, ratio, rig, run, run_measured
from service.exports.schemas import ExportRequest
from service.exports.snapshot import open_snapshot
from service.exports.store import QUERIES
from service.exports.write import ExportOrder, write_export
from service.secrets import load_key_ring

ROWS = 1_000_000
REPORTS_A_NUMBER = 20
PERIOD = {"from": "2026-03-01", "to": "2026-04-01"}
FLOOR = 0.4
MOST_MB = 200.0
FORMATS = ("csv", "ndjson", "xlsx", "parquet")
#: Reports as a crowd makes them: a narrative of some forty letters, an institution here and there.
REPORTS = """
INSERT INTO reports (
    number, reporter, occurred_minute, report_id, source_id, cluster, kind, is_simulated, medium, occurred_at,
    time_known, recorded_at, duration_seconds, connected, caller, claimed_institution, relation, violations, narrative,
    opinion, weight, evidence_weight, is_seasoned, is_counted
)
SELECT '+861979' || lpad((n / {group})::text, 7, '0'), decode(lpad(to_hex(n), 32, '0'), 'hex'), at, gen_random_uuid(), 0,
    n, 'mobile', false, 'voice', at, true, at, n % 300, true, 'human',
    CASE WHEN n % 5 = 0 THEN '某某消费金融有限公司' END, 'third_party', ARRAY[n % 17, (n + 3) % 17]::smallint[],
    '对方要求我转告朋友还款，否则天天打电话到单位，语气很凶，已经是今天第' || n % 9 || '次了。', 'abusive', 1, 1, true, true
FROM (
    SELECT n, timestamptz '2026-03-02' + make_interval(secs => n * 2.0 % 2000000) AS at
    FROM generate_series(0, {rows} - 1) AS n
) AS made
"""
VERDICTS = """
INSERT INTO verdicts (
    number, revision, verdict, kind, score, reasons, reports_at_least, reporters_at_least, suspected_spoofing,
    is_simulated, model_version, decided_at
)
SELECT number, row_number() OVER (), 'confirmed', 'mobile', 0.87, '{}', 20, 20, false, false, 'bench', now()
FROM (SELECT DISTINCT number FROM reports) AS known
"""


def measure() -> list[Measurement]:
    """Rates as ratios for CSV and NDJSON, memory for every format."""
    return measure_rows(ROWS)


def measure_rows(rows: int) -> list[Measurement]:
    """The same for so many reports."""
    with rig() as rigged:
        run(lambda: _fill(rigged, rows))
        results = []
        for name in ("csv", "ndjson"):
            ours, copied = in_turns(
                partial(_export_now, rigged, name),
                lambda: run(lambda: _copy(rigged)),
                rounds=3,
            )
            value = ratio([1 / one for one in ours], [1 / one for one in copied])
            detail = f"{rows / sorted(ours)[1]:,.0f} rows/s against {rows / sorted(copied)[1]:,.0f}"
            what = f"export of {rows:,} reports as {name}, relative to COPY … TO of the same rows"
            results.append(Measurement(what, str(FLOOR), f"{value:.2f}", value >= FLOOR, detail))
        return results + _memory(rigged, rows)


def _memory(rigged: Rig, rows: int) -> list[Measurement]:
    results = []
    for name in FORMATS:
        idle, full = (
            run_measured(rigged, _command(rigged, name, *period)).alone
            for period in (("2025-01-01", "2025-01-02"), ("2026-03-01", "2026-04-01"))
        )
        above = full - idle
        what = f"memory of an export of {rows:,} reports as {name}, above that of an empty export"
        results.append(
            Measurement(
                what, f"≤ {MOST_MB:.0f} MB", f"{above:.0f} MB", above <= MOST_MB, f"{full:.0f} MB in total"
            )
        )
    return results


def _command(rigged: Rig, name: str, start: str, end: str) -> list[str]:
    out = rigged.directory / "measured" / uuid4().hex
    return dunwatch("export", str(out), "--from", start, "--to", end, "--format", name)


async def _fill(rigged: Rig, rows: int) -> None:
    connection = await asyncpg.connect(rigged.postgres.url())
    try:
        await connection.execute(REPORTS.format(rows=rows, group=REPORTS_A_NUMBER))
        await connection.execute(VERDICTS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _export_now(rigged: Rig, name: str) -> float:
    return run(lambda: _export(rigged, name))


async def _export(rigged: Rig, name: str) -> float:
    database, out = rigged.database(), rigged.directory / "timed"
    request = ExportRequest.model_validate(PERIOD | {"formats": [name]})
    started = time.perf_counter()
    keys = load_key_ring(rigged.settings.keys_dir)
    order = ExportOrder(request=request, keys=keys, export_id=uuid4(), now=datetime.now(UTC))
    await write_export(database, order, out, progress=lambda _rows: None)
    seconds = time.perf_counter() - started
    await database.close()
    await asyncio.to_thread(shutil.rmtree, out)
    return seconds


async def _copy(rigged: Rig) -> float:
    """The same query, its rows written to a file as PostgreSQL writes them."""
    database, out = rigged.database(), rigged.directory / "copied.csv"
    request = ExportRequest.model_validate(PERIOD)
    query = re.sub(r"^--.*$", "", QUERIES["stream_reports"], flags=re.MULTILINE).strip().rstrip(";")
    started = time.perf_counter()
    async with open_snapshot(database) as snapshot:
        await snapshot.connection.copy_from_query(
            query,
            request.start,
            request.end,
            list(request.verdicts),
            False,
            output=str(out),
            format="csv",
            header=True,
            timeout=3600,
        )
    seconds = time.perf_counter() - started
    await database.close()
    await asyncio.to_thread(out.unlink)
    return seconds


if __name__ == "__main__":
    import sys

    for result in measure_rows(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(result)
