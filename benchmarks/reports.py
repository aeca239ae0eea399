"""Durable single reports through HTTP, against bare asyncpg doing the same transaction."""

import asyncio
import time
from contextlib import ExitStack
from datetime import UTC, datetime

import asyncpg

from benchmarks.ports import free_port
from benchmarks.rig import (
    CONNECTIONS,
    SECONDS,
    Measurement,
    Rig,
    dunwatch,
    in_turns,
    ratio,
    rig,
    run,
    running,
    wrk,
)
from ml.words import UNSCORED_KINDS
from service.database import set_up_session
from service.edge.access import REPORTER_PREFIX
from service.edge.person_tokens import issue_token, pseudonym_of
from service.reports import intake
from service.reports.reporters_store import Links, insert_reporter
from service.reports.schemas import Report
from service.reports.store import QUERIES
from service.secrets import KeyRing, load_key_ring

REPORTERS = 500
SCRIPT = """
local tokens = {{{tokens}}}
local n = 0
math.randomseed(os.time())
local run = math.random(0, 99) * 100000
request = function()
  n = n + 1
  local body = string.format(
    '{{"number":"1979%07d","occurred_at":"2026-11-01T%02d:%02d:00+08:00","medium":"voice","caller":"human",' ..
    '"violations":["threat","frequency"],"narrative":"benchmark","relation":"debtor","connected":true}}',
    (run + n) % 10000000, math.random(0, 23), math.random(0, 59))
  return wrk.format("POST", "/v1/reports", {{["Authorization"] = "Bearer " .. tokens[n % #tokens + 1],
                                             ["Content-Type"] = "application/json"}}, body)
end
"""


def measure() -> list[Measurement]:
    """Acknowledged reports a second, as a ratio."""
    settings = {
        "report_limit_per_hour": 10**9,
        "request_limit_per_second": 10**9,
        "database_pool_size": CONNECTIONS,
        "log_format": "json",
    }
    with rig(**settings) as rigged, ExitStack() as stack:
        keys = load_key_ring(rigged.settings.keys_dir)
        tokens = run(lambda: _register(rigged, keys))
        port = free_port()
        environment = rigged.environment | {"DUNWATCH_PORT": str(port)}
        stack.enter_context(running(dunwatch("follow"), environment))
        stack.enter_context(running(dunwatch("api"), environment, port=port))
        script = rigged.directory / "reports.lua"
        script.write_text(SCRIPT.format(tokens=",".join(f'"{token}"' for token in tokens)))
        http, bare = in_turns(lambda: wrk(port, script), lambda: run(lambda: _bare(rigged, keys)))
    value = ratio(http, bare)
    detail = (
        f"{sorted(http)[len(http) // 2]:,.0f}/s, where waiting reports share a commit, "
        f"against {sorted(bare)[len(bare) // 2]:,.0f}/s with a commit each"
    )
    what = f"durable single reports over HTTP, relative to the same transaction in bare asyncpg, {CONNECTIONS} at once"
    return [Measurement(what, "0.5", f"{value:.2f}", value >= 0.5, detail)]


async def _register(rigged: Rig, keys: KeyRing) -> list[str]:
    tokens = [issue_token(keys, REPORTER_PREFIX) for _ in range(REPORTERS)]
    database = rigged.database()
    async with database.connection() as connection:
        for place, token in enumerate(tokens):
            await insert_reporter(
                connection, pseudonym_of(keys, token), Links(place, None), datetime.now(UTC), cluster=place
            )
    await database.close()
    return tokens


async def _bare(rigged: Rig, keys: KeyRing) -> float:
    """Rows are prepared before the clock starts: only the transactions are timed."""
    started = datetime.now(UTC)
    rows = []
    for n in range(30_000):
        report = Report.model_validate(
            {
                "number": f"1979{(started.microsecond * 7 + n) % 10**7:07d}",
                "occurred_at": started.replace(hour=n % 24, minute=n % 60, day=1),
                "caller": "human",
                "violations": ["threat", "frequency"],
                "narrative": "benchmark",
                "relation": "debtor",
                "connected": True,
            }
        )
        author = intake.Author(n.to_bytes(16, "big"), 0, n, 0.5, is_seasoned=False)
        rows.append([[value] for value in intake.prepare(report, author, keys, now=started)])
    remaining = iter(rows)
    deadline = 0.0
    done = 0

    async def work(pool: asyncpg.Pool) -> None:
        nonlocal done
        for columns in remaining:
            async with pool.acquire() as connection:
                await connection.fetch(QUERIES["insert_reports"], *columns, False, sorted(UNSCORED_KINDS))
            done += 1
            if time.perf_counter() > deadline:
                return

    pool_size = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    async with asyncpg.create_pool(rigged.postgres.url(), init=set_up_session, **pool_size) as pool:
        begun = time.perf_counter()
        deadline = begun + SECONDS
        await asyncio.gather(*(work(pool) for _ in range(CONNECTIONS)))
        return done / (time.perf_counter() - begun)


if __name__ == "__main__":
    for result in measure():
        print(result)
