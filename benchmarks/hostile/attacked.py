"""How long look-ups take while the service is attacked, beside how long they take without, in the same run."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from benchmarks.host import tree_below
from benchmarks.hostile.attacks import ATTACKS, Attack, Target, attack
from benchmarks.hostile.looking import Looks, looking
from benchmarks.hostile.people import BY_PEOPLE, NUMBER
from benchmarks.hostile.wire import send
from benchmarks.ports import free_port
from benchmarks.rig import Measurement, Rig, dunwatch, memory_mb, rig, run, running, wait_until
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
CALLS = 93_000
MANY_CALLS = """
INSERT INTO logged_calls
SELECT $1, $2, gen_random_uuid(), place, place, now(), now() - make_interval(mins => place), 1, true, true, true, 30, false
FROM generate_series(1, $3) AS place
"""


def measure(seconds: float, attacks: Sequence[Attack] = (*ATTACKS, *BY_PEOPLE)) -> list[Measurement]:
    """Attack a host with each of `attacks` for so many seconds."""
    os.nice(
        5
    )  # what is measured is what attacks cost the service, not that attacker and service share two cores
    with served() as (target, host, key):
        return [_measured(target, host, key, one, seconds) for one in attacks]


def _measured(target: Target, host: int, key: str, one: Attack, seconds: float) -> Measurement:
    idle_mb = _memory(host)
    ports = (target.lookup_port, target.port)
    with looking(ports[0], key, seconds) as calm, looking(ports[1], key, seconds) as calm_beside:
        pass
    most = Most(host)
    with most, looking(ports[0], key, seconds) as meanwhile, looking(ports[1], key, seconds) as beside:
        attack(target, one, seconds)
    time.sleep(SETTLE_SECONDS)
    return _line(one, (calm, meanwhile), (calm_beside, beside), most.megabytes - idle_mb, target)


def _line(
    one: Attack, own: tuple[Looks, Looks], shared: tuple[Looks, Looks], more_mb: float, target: Target
) -> Measurement:
    calm, meanwhile = own
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
        measured=f"{_more(calm, meanwhile)}, {meanwhile.refused} refused, {more_mb:+.0f} MB",
        is_met=is_met,
        detail=f"p99.9 {calm.p999:.1f} ms without; at the port of everything: {_more(*shared)}, {shared[1].refused} "
        f"refused; answers: {answers or 'none'}",
    )


def _more(calm: Looks, meanwhile: Looks) -> str:
    return f"p99.9 {meanwhile.p999 - calm.p999:+.1f} ms, longest {meanwhile.longest - calm.longest:+.0f} ms"


@contextmanager
def served(**settings: object) -> Iterator[tuple[Target, int, str]]:
    """Yield a running host as a target, the process id of its supervisor, and the key of an app."""
    port, lookup_port = free_port(), free_port()
    with rig(log_format="json", proof_of_work_cost=10, **settings) as rigged, ExitStack() as stack:
        partner, key, reporters = run(lambda: prepare(rigged, calls=CALLS))
        ports = {"DUNWATCH_PORT": str(port), "DUNWATCH_LOOKUP_PORT": str(lookup_port)}
        environment = rigged.environment | ports
        host = stack.enter_context(running(dunwatch("serve"), environment, port=port))
        wait_until(lambda: answers(lookup_port))
        yield Target(port, lookup_port, partner, reporters), host, key


def answers(port: int) -> bool:
    """Return whether somebody answers look-ups at a port."""
    status, _ = send(port, "GET", "/readyz")
    return status == 200


async def prepare(rigged: Rig, *, calls: int = 0) -> tuple[str, str, list[str]]:
    """Return the key of a partner that may do everything, one that looks up, and the tokens of some reporters.

    The first has logged so many calls.
    """
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
        await connection.execute(MANY_CALLS, f"+86{NUMBER}", pseudonym_of(keys, tokens[0]), calls)
    await database.close()
    return partner, key, tokens


def _memory(host: int) -> float:
    """The MB of a host's processes, without those of PostgreSQL."""
    return sum(map(memory_mb, tree_below(host)))


class Most:
    """The most memory that a host took while the context lasted, in MB."""

    def __init__(self, host: int) -> None:
        self._host = host
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def _watch(self) -> None:
        while not self._is_over.wait(0.5):
            self.megabytes = max(self.megabytes, _memory(self._host))

    def __enter__(self) -> "Most":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
