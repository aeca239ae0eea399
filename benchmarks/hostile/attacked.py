"""How long look-ups take while the service is attacked, beside how long they take without, in the same run."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from benchmarks.hostile.attacks import ATTACKS, Attack, Target, attack
from benchmarks.hostile.looking import Looks, looking
from benchmarks.rig import Measurement, Rig, children, dunwatch, free_port, memory_mb, rig, run, running
from service.edge.access import REPORTER_PREFIX, Scope
from service.edge.api_keys import create_key
from service.edge.person_tokens import issue_token, pseudonym_of
from service.reports.reporters_store import Links, insert_reporter
from service.reports.sources_store import ensure_source
from service.secrets import load_key_ring

REPORTERS = 8
MORE_P999, MORE_LONGEST = 50.0, 250.0  # milliseconds
MOST_MB = 200.0
SETTLE_SECONDS = 3.0


def measure(seconds: float, attacks: Sequence[Attack] = ATTACKS) -> list[Measurement]:
    """Attack a service with each of `attacks` for so many seconds."""
    os.nice(
        5
    )  # what is measured is what attacks cost the service, not that attacker and service share two cores
    with served() as (target, api, key):
        return [_measured(target, api, key, one, seconds) for one in attacks]


def _measured(target: Target, api: int, key: str, one: Attack, seconds: float) -> Measurement:
    idle_mb = _memory(api)
    with looking(target.lookup_port, key, seconds) as calm:
        pass
    most = Most(api)
    with most, looking(target.lookup_port, key, seconds) as meanwhile:
        attack(target, one, seconds)
    time.sleep(SETTLE_SECONDS)
    return _line(one, calm, meanwhile, most.megabytes - idle_mb, target)


def _line(one: Attack, calm: Looks, meanwhile: Looks, more_mb: float, target: Target) -> Measurement:
    is_met = (
        meanwhile.p999 <= calm.p999 + MORE_P999
        and meanwhile.longest <= calm.longest + MORE_LONGEST
        and meanwhile.refused == 0
        and more_mb <= MOST_MB
    )
    answers = ", ".join(f"{count:,} × {status or 'none'}" for status, count in sorted(target.answers.items()))
    return Measurement(
        what=f"look-ups under attack: {one.__name__.replace('_', ' ')}",
        floor=f"p99.9 +{MORE_P999:.0f} ms, longest +{MORE_LONGEST:.0f} ms, none refused, ≤ {MOST_MB:.0f} MB more",
        measured=f"p99.9 {meanwhile.p999 - calm.p999:+.1f} ms, longest {meanwhile.longest - calm.longest:+.0f} ms, "
        f"{meanwhile.refused} refused, {more_mb:+.0f} MB",
        is_met=is_met,
        detail=f"p99.9 {calm.p999:.1f} ms without, {meanwhile.p999:.1f} ms meanwhile; answers: {answers or 'none'}",
    )


@contextmanager
def served(**settings: object) -> Iterator[tuple[Target, int, str]]:
    """Yield a running service as a target, the process id of its API, and the key of an app."""
    port = free_port()
    with rig(log_format="json", proof_of_work_cost=10, **settings) as rigged, ExitStack() as stack:
        partner, key, reporters = run(lambda: prepare(rigged))
        environment = rigged.environment | {"DUNWATCH_PORT": str(port)}
        stack.enter_context(running(dunwatch("follow"), environment))
        api = stack.enter_context(running(dunwatch("api"), environment, port=port))
        yield Target(port, port, partner, reporters), api, key


async def prepare(rigged: Rig) -> tuple[str, str, list[str]]:
    """Return the key of a partner that may do everything, one that looks up, and the tokens of some reporters."""
    keys, now = load_key_ring(rigged.settings.keys_dir), datetime.now(UTC)
    tokens = [issue_token(keys, REPORTER_PREFIX) for _ in range(REPORTERS)]
    database = rigged.database()
    async with database.connection() as connection:
        for cluster, token in enumerate(tokens):
            links = Links(cluster, None)
            await insert_reporter(connection, pseudonym_of(keys, token), links, now, cluster=cluster)
        source = await ensure_source(connection, "partner", weight=1.0)
        _, partner = await create_key(
            connection, label="partner", scopes=list(Scope), now=now, source_id=source.source_id
        )
        _, key = await create_key(connection, label="app", scopes=[Scope.LOOKUP], now=now)
    await database.close()
    return partner, key, tokens


def _memory(api: int) -> float:
    return sum(map(memory_mb, [api, *children(api)]))


class Most:
    """The most memory that the API took while the context lasted, in MB."""

    def __init__(self, api: int) -> None:
        self._api = api
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def _watch(self) -> None:
        while not self._is_over.wait(0.25):
            self.megabytes = max(self.megabytes, _memory(self._api))

    def __enter__(self) -> "Most":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
