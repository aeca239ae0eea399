"""From an acknowledged report to a look-up that shows it, at 200 reports a second."""

import asyncio
import statistics
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx

from benchmarks.ports import free_port
from benchmarks.rig import Measurement, Rig, dunwatch, rig, run, running
from ml.people.standing import Standing
from service.edge.access import REPORTER_PREFIX, Scope
from service.edge.api_keys import create_key
from service.edge.person_tokens import issue_token, pseudonym_of
from service.reports.reporters_store import Links, insert_reporter
from service.secrets import load_key_ring
from service.standing.store import add_to_standings

REPORTS_PER_SECOND = 200
SECONDS = 30
REPORTERS = 3  # seasoned ones, as many as it takes to list a number: the third report makes it visible
PEOPLE = 120  # each reports 50 numbers, within the budget in which a report weighs fully
POLL_SECONDS = 0.01
FLOOR_SECONDS = 1.0


def measure() -> list[Measurement]:
    """Delay from the acknowledgement of the report that makes a number visible, p50 and p99."""
    with (
        rig(
            report_limit_per_hour=10**9,
            request_limit_per_second=10**9,
            lookup_limit_per_second=10**9,
            log_format="json",
        ) as rigged,
        ExitStack() as stack,
    ):
        tokens, key = run(lambda: _prepare(rigged))
        port = free_port()
        environment = rigged.environment | {"DUNWATCH_PORT": str(port)}
        for arguments in (("follow",), ("score", "--watch")):
            stack.enter_context(running(dunwatch(*arguments), environment))
        stack.enter_context(running(dunwatch("api"), environment, port=port))
        delays, rate = run(lambda: _drive(f"http://127.0.0.1:{port}", tokens, key))
    p99 = statistics.quantiles(delays, n=100)[98]
    detail = f"p50 {statistics.median(delays):.2f} s, worst {max(delays):.2f} s; {rate:,.0f} reports a second"
    what = "report to look-up at 200 reports a second, p99"
    return [
        Measurement(
            what,
            f"{FLOOR_SECONDS:g} s",
            f"{p99:.2f} s",
            p99 <= FLOOR_SECONDS and rate >= 0.95 * REPORTS_PER_SECOND,
            detail,
        )
    ]


async def _prepare(rigged: Rig) -> tuple[list[str], str]:
    keys = load_key_ring(rigged.settings.keys_dir)
    tokens = [issue_token(keys, REPORTER_PREFIX) for _ in range(PEOPLE)]
    database = rigged.database()
    now = datetime.now(UTC)
    async with database.connection() as connection:
        for cluster, token in enumerate(tokens):
            pseudonym, since = pseudonym_of(keys, token), now - timedelta(days=60)
            await insert_reporter(connection, pseudonym, Links(cluster, None), since, cluster=cluster)
            await add_to_standings(connection, {pseudonym: Standing(confirmed=10)})
        _, key = await create_key(
            connection, label="benchmark", scopes=[Scope.LOOKUP], now=now, limit_per_second=10**6
        )
    await database.close()
    return tokens, key


async def _drive(url: str, tokens: list[str], key: str) -> tuple[list[float], float]:
    """Reports at an even pace; meanwhile one bulk look-up after another asks for all that should be visible."""
    acknowledged: dict[str, float] = {}
    delays: list[float] = []
    total = REPORTS_PER_SECOND * SECONDS // REPORTERS
    async with httpx.AsyncClient(base_url=url, timeout=30) as client, asyncio.TaskGroup() as group:
        watcher = group.create_task(_watch(client, key, acknowledged, delays, total))
        begun = time.perf_counter()
        for place in range(total):
            due = begun + place * REPORTERS / REPORTS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            first = place * REPORTERS % PEOPLE
            people = tokens[first : first + REPORTERS]
            group.create_task(_report(client, f"+861979{place:07d}", people, acknowledged))
        rate = total * REPORTERS / (time.perf_counter() - begun)
        await watcher
    return delays, rate


async def _report(
    client: httpx.AsyncClient, number: str, tokens: list[str], acknowledged: dict[str, float]
) -> None:
    for token in tokens:
        occurred_at = datetime.now(UTC) - timedelta(minutes=1)
        answer = await client.post(
            "/v1/reports",
            json={"number": number, "occurred_at": occurred_at.isoformat(), "violations": ["threat"]},
            headers={"Authorization": f"Bearer {token}"},
        )
        answer.raise_for_status()
    acknowledged[number] = time.perf_counter()


async def _watch(
    client: httpx.AsyncClient, key: str, acknowledged: dict[str, float], delays: list[float], total: int
) -> None:
    while len(delays) < total:
        await asyncio.sleep(POLL_SECONDS)
        if not (asked := list(acknowledged)):
            continue
        answer = await client.post(
            "/v1/numbers:lookup", json={"numbers": asked}, headers={"Authorization": f"Bearer {key}"}
        )
        answer.raise_for_status()
        for entry in answer.json()["answers"]:
            if entry["verdict"] != "unknown":
                delays.append(time.perf_counter() - acknowledged.pop(entry["number"]))


if __name__ == "__main__":
    for result in measure():
        print(result)
