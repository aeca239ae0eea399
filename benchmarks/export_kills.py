"""Kills the export worker at random moments: every export must come out whole, once, and nothing else be left."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from benchmarks.exports import PERIOD, REPORTS, REPORTS_A_NUMBER, VERDICTS
from benchmarks.rig import Measurement, Rig, dunwatch, rig, run
from service.agencies.store import insert_agency
from service.exports.schemas import ExportDecision, ExportRequest
from service.exports.store import Recipient, decide_export, insert_export
from service.exports.verify import verify_export

KILLS = 20
ROWS = 40_000
SEED = 4
LONGEST_SECONDS = 4.0
#: A lease of 60 seconds would make each kill a minute's wait: it is let run out at once.
FORGET = "UPDATE exports SET claimed_until = now() - interval '1 second' WHERE state = 'running'"


def measure() -> list[Measurement]:
    """One export for each kill, and what became of them."""
    chance = random.Random(SEED)
    with rig(log_format="json") as rigged:
        export_ids = run(lambda: _ask(rigged))
        for _ in range(KILLS):
            _kill_after(rigged, chance.uniform(0.3, LONGEST_SECONDS))
            run(lambda: _execute(rigged, FORGET))
        _finish(rigged)
        return [_judged(rigged, export_ids)]


def _judged(rigged: Rig, export_ids: list[UUID]) -> Measurement:
    directory = rigged.settings.exports_dir
    left = {path.name for path in directory.iterdir()}
    wrong = [one for one in export_ids if verify_export(directory / str(one))]
    handed = rigged.scalar("SELECT count(*) FROM hand_overs")
    finished = rigged.scalar('SELECT count(*) FROM ledger WHERE entry LIKE \'%"action":"finished"%\'')
    is_met = (
        not wrong
        and left == {str(one) for one in export_ids}
        and handed == ROWS * len(export_ids)
        and finished == len(export_ids)
    )
    measured = f"{len(export_ids) - len(wrong)} complete, {len(left) - len(export_ids)} left over"
    detail = (
        f"{handed:,} rows recorded as handed over, {finished} exports reported as finished, "
        f"{ROWS:,} rows each, seed {SEED}"
    )
    return Measurement(
        f"export worker killed {KILLS} times at random moments",
        f"{KILLS} complete, none twice",
        measured,
        is_met,
        detail,
    )


def _kill_after(rigged: Rig, seconds: float) -> None:
    process = _worker(rigged)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _finish(rigged: Rig) -> None:
    """Let a worker see everything through."""
    process = _worker(rigged)
    while rigged.scalar("SELECT count(*) FROM exports WHERE state IN ('queued', 'running')"):
        time.sleep(0.2)
    process.terminate()
    process.wait()


def _worker(rigged: Rig) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        dunwatch("export-worker"),
        env=rigged.process_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def _ask(rigged: Rig) -> list[UUID]:
    """An export for each kill, let at once."""
    connection = await asyncpg.connect(rigged.postgres.url())
    await connection.execute(REPORTS.format(rows=ROWS, group=REPORTS_A_NUMBER))
    await connection.execute(VERDICTS)
    now = datetime.now(UTC)
    agency_id = await insert_agency(connection, "bench", "bench", rows_per_30_days=10**9, now=now)
    export_ids = [uuid4() for _ in range(KILLS)]
    request = ExportRequest.model_validate(PERIOD)
    for export_id in export_ids:
        recipient = Recipient(agency_id, "bench", "benchmark")
        await insert_export(connection, export_id, request, key_id="bench", recipient=recipient, now=now)
        decision = ExportDecision(decision="approved", reason="benchmark")
        await decide_export(connection, export_id, decision, by="operator:bench", now=now)
    await connection.close()
    return export_ids


async def _execute(rigged: Rig, statement: str) -> None:
    connection = await asyncpg.connect(rigged.postgres.url())
    await connection.execute(statement)
    await connection.close()


if __name__ == "__main__":
    (result,) = measure()
    print(result)
    sys.exit(0 if result.is_met else 1)
