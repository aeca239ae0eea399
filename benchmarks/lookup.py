"""Single look-ups: against a bare hello, against FastAPI with a query, and by size of the replica."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.ports import free_port
from benchmarks.rig import (
    Measurement,
    Rig,
    bare,
    dunwatch,
    in_turns,
    ratio,
    rig,
    run,
    running,
    wrk,
)
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.lookup.follower import Follower
from service.metrics import Metrics

MANY, FEW = 1_000_000, 10_000
SCRIPT = """
local count = {count}
wrk.headers["Authorization"] = "Bearer {key}"
math.randomseed({seed})
request = function()
  return wrk.format("GET", string.format("/v1/numbers/+861979%07d", math.random(0, count - 1)))
end
"""
FILL = """
WITH head AS (UPDATE feed_head SET revision = $1)
INSERT INTO verdicts
SELECT '+861979' || lpad((n - 1)::text, 7, '0'), n, (ARRAY['suspected', 'confirmed', 'unknown'])[n % 3 + 1],
       'mobile', (n % 101) / 100.0, (ARRAY['threat', 'frequency', NULL])[n % 3 + 1],
       ARRAY['reported_repeatedly', 'independent_reporters', 'night_calls'], 10, 5,
       '2026-01-01', '2026-11-01', false, true, 0.93, 0.8, 3.5, 'benchmark', now()
FROM generate_series(1, $1::integer) AS n
"""


def measure() -> list[Measurement]:
    """The three look-up ratios."""
    with ExitStack() as stack:
        many, key_many = stack.enter_context(_filled(MANY))
        few, key_few = stack.enter_context(_filled(FEW))
        ports = [free_port() for _ in range(4)]
        serve = [
            (bare("benchmarks.bare_apps:hello", ports[0]), many.environment),
            (dunwatch("api"), many.environment | {"DUNWATCH_PORT": str(ports[1])}),
            (dunwatch("api"), few.environment | {"DUNWATCH_PORT": str(ports[2])}),
            (
                bare("benchmarks.bare_apps:sql", ports[3]),
                many.environment | {"BENCH_DATABASE_URL": many.postgres.url()},
            ),
        ]
        for (command, environment), port in zip(serve, ports, strict=True):
            stack.enter_context(running(command, environment, port=port))
        for rigged in (many, few):
            stack.enter_context(running(dunwatch("follow"), rigged.environment))
        script_many = _script(many.directory, key_many, MANY)
        script_few = _script(few.directory, key_few, FEW)
        hello, large, small, sql = in_turns(
            lambda: wrk(ports[0], script_many),
            lambda: wrk(ports[1], script_many),
            lambda: wrk(ports[2], script_few),
            lambda: wrk(ports[3], script_many),
        )
    return [
        _result(
            "single look-ups with key, metrics and 1 M verdicts on one worker, relative to a bare ASGI hello",
            0.6,
            large,
            hello,
        ),
        _result("the same, relative to FastAPI with one asyncpg query per request", 8, large, sql),
        _result("look-up rate at 1 M verdicts, relative to 10 k", 0.9, large, small),
    ]


def _result(what: str, floor: float, ours: list[float], theirs: list[float]) -> Measurement:
    value = ratio(ours, theirs)
    detail = f"{sorted(ours)[len(ours) // 2]:,.0f}/s against {sorted(theirs)[len(theirs) // 2]:,.0f}/s"
    return Measurement(what, f"{floor:g}", f"{value:.2f}", value >= floor, detail)


@contextmanager
def _filled(count: int) -> Iterator[tuple[Rig, str]]:
    with rig(lookup_limit_per_second=10**9, stale_after_seconds=3600) as rigged:

        async def fill() -> str:
            database = rigged.database()
            async with database.connection() as connection:
                await connection.execute(FILL, count, timeout=600)
                _, token = await create_key(
                    connection, label="benchmark", scopes=[Scope.LOOKUP], now=datetime.now(UTC)
                )
            follower = Follower(database, rigged.settings, Metrics(CollectorRegistry()))
            await follower.catch_up()
            follower.close()
            await database.close()
            return token

        yield rigged, str(run(fill))


def _script(directory: Path, key: str, count: int) -> Path:
    path = directory / "lookup.lua"
    path.write_text(SCRIPT.format(key=key, count=count, seed=7))
    return path


if __name__ == "__main__":
    for result in measure():
        print(result)
