"""How tests reach the service: the real application, in this process, as a server would run it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import lmdb
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml.classifier import Classifier
from ml.people.standing import Standing
from service.database import Connection, Database
from service.disputes import store as disputes
from service.edge import access
from service.edge.api_keys import create_key
from service.edge.person_tokens import issue_token, pseudonym_of
from service.ids import new_id
from service.lookup.follower import Follower
from service.lookup.replica import ReplicaReader
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.reports import reporters_store, sources_store, store
from service.reports.intake import array_literal
from service.reports.reporters_store import Links
from service.reports.store import NewReport
from service.scoring.scorer import Scorer
from service.secrets import load_key_ring
from service.settings import Settings
from service.standing.store import add_to_standings
from tests.documented import require_documented

NUMBER = "+8619790001234"
_people = count(1)


def minutes_ago(minutes: int = 0, *, now: datetime | None = None) -> datetime:
    """A whole minute in the past, in UTC."""
    return (now or datetime.now(UTC)).replace(second=0, microsecond=0) - timedelta(minutes=minutes)


def report_body(**fields: object) -> dict[str, object]:
    """A report as an app would send it, made ten minutes ago but for what is named; None leaves a field out."""
    plain = {"number": "197 9000 1234", "occurred_at": minutes_ago(10).isoformat()}
    return {name: value for name, value in (plain | fields).items() if value is not None}


async def new_report(reporter: httpx.AsyncClient, **fields: object) -> str:
    """Address of a new report."""
    answer = await reporter.post("/v1/reports", json=report_body(**fields))
    assert answer.status_code == 201, answer.text
    return f"/v1/reports/{answer.json()['report_id']}"


def report_row(number: str = NUMBER, **columns: Any) -> NewReport:
    """A row of `reports`, by a seasoned reporter with a cluster of its own unless one is named."""
    now = datetime.now(UTC)
    person = next(_people)
    violations: Sequence[str] = columns.pop("violations", ("threat",))
    occurred_at = columns.get("occurred_at", minutes_ago(60))
    plain = {
        "number": number, "reporter": b"person %d" % person,
        "occurred_minute": occurred_at.replace(second=0, microsecond=0), "report_id": new_id(now),
        "source_id": 0, "cluster": person, "kind": "mobile", "shown": None, "is_simulated": False,
        "medium": "sms", "occurred_at": occurred_at, "time_known": True, "recorded_at": now,
        "duration_seconds": None, "connected": True, "caller": "automated", "claimed_institution": None,
        "relation": "third_party", "violations": array_literal(violations), "narrative": None,
        "opinion": "abusive", "sealed": None, "weight": 2.0, "evidence_weight": 1.0, "is_seasoned": True,
    }  # fmt: skip
    return NewReport(**(plain | columns))


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[tuple[ASGIApp, dict[str, Any]]]:
    """Run an application's lifespan; gives it with its state put into every scope, and that state."""
    state: dict[str, Any] = {}
    started, stopping, stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        if not started.is_set():
            return {"type": "lifespan.startup"}
        await stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def send(message: Message) -> None:
        assert message["type"] in ("lifespan.startup.complete", "lifespan.shutdown.complete"), message
        (stopped if started.is_set() else started).set()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    running = asyncio.ensure_future(app({"type": "lifespan", "state": state}, receive, send))
    waiting = asyncio.ensure_future(started.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        running.result()
    if (
        "context" in state
    ):  # a window that ends in the middle of a test would let more pass than the test counts
        begun = time.monotonic()
        state["context"].limiter._clock = lambda: time.monotonic() - begun
    try:
        yield served, state
    finally:
        stopping.set()
        await running
        assert stopped.is_set()


class HeldModels(ModelShelf):
    """Models that never change, whatever the database says."""

    def __init__(self, serving: Classifier | None, shadow: Classifier | None = None) -> None:
        self.serving, self.shadow = serving, shadow

    async def look(self, connection: Connection) -> None:
        """There is nothing to see."""


class Api:
    """The running application and what stands around it: scorer, follower, and whoever calls."""

    def __init__(
        self, app: ASGIApp, state: dict[str, Any], settings: Settings, model: Classifier | None
    ) -> None:
        self.app = app
        self.state = state
        self.settings = settings
        self.database: Database = state["context"].database
        self.keys = load_key_ring(settings.keys_dir)
        self.metrics = Metrics(CollectorRegistry())
        self._model = model
        self._clients = AsyncExitStack()

    async def client(self, token: str | None = None, *, address: str = "203.0.113.7") -> httpx.AsyncClient:
        """A client with a bearer token, or with none; it fails on answers that are not documented."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 40000))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(
            transport=transport,
            base_url="http://dunwatch",
            headers=headers,
            event_hooks={"response": [require_documented]},
        )
        return await self._clients.enter_async_context(client)

    async def reporter(
        self, *, cluster: int = 1, confirmed: int = 0, overturned: int = 0, account_days: int = 0
    ) -> httpx.AsyncClient:
        """A client with the token of a reporter with this past, registered without the proof of work.

        Of one cluster are who signed up from one network.
        """
        token = issue_token(self.keys, access.REPORTER_PREFIX)
        pseudonym = pseudonym_of(self.keys, token)
        signed_up_at = datetime.now(UTC) - timedelta(days=account_days)
        async with self.database.connection() as connection:
            await reporters_store.insert_reporter(
                connection, pseudonym, Links(cluster, None), signed_up_at, cluster=cluster
            )
            await add_to_standings(connection, {pseudonym: Standing(confirmed, overturned)})
        return await self.client(token)

    async def owner(self, number: str = NUMBER) -> httpx.AsyncClient:
        """A client with the token of an owner of a number, registered without a code."""
        token = issue_token(self.keys, access.OWNER_PREFIX)
        owner = disputes.Owner(number, pseudonym_of(self.keys, token), datetime.now(UTC))
        async with self.database.connection() as connection:
            await disputes.insert_owner(connection, owner)
        return await self.client(token)

    async def partner(
        self, *scopes: access.Scope, source: str | None = "partner", **limits: Any
    ) -> httpx.AsyncClient:
        """A client with a new API key, known to the replica; of a feed unless `source` is None."""
        async with self.database.connection() as connection:
            feed = await sources_store.ensure_source(connection, source, weight=1.0) if source else None
            _, token = await create_key(
                connection,
                label="test",
                scopes=scopes or list(access.Scope),
                now=datetime.now(UTC),
                source_id=feed.source_id if feed else None,
                **limits,
            )
        await self.follow()
        return await self.client(token)

    async def insert(self, rows: Sequence[NewReport]) -> None:
        """Store rows of reports as a batch does."""
        async with self.database.connection() as connection:
            await store.insert_reports(connection, rows, is_bulk=False)

    async def publish(self, now: datetime | None = None) -> None:
        """Score whatever changed and bring it into the replica."""
        await self.scorer().score_all(now or datetime.now(UTC))
        await self.follow()

    def use(self, model: Classifier) -> None:
        """Let another model serve."""
        self._model = model
        self.state["models"] = HeldModels(model)

    def scorer(self) -> Scorer:
        """A scorer of this test's own."""
        return Scorer(self.database, self.settings, self.metrics, HeldModels(self._model))

    async def follow(self) -> None:
        """Bring the feed into the replica, and leave it to its readers.

        LMDB opens an environment only once a process: where the application has it open already, the follower
        takes it for damaged and rebuilds it, which readers must not notice.
        """
        follower = Follower(self.database, self.settings, self.metrics)
        await follower.catch_up()
        follower.close()

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        """Rows of the database."""
        async with self.database.connection() as connection:
            return list(await connection.fetch(statement, *arguments))

    async def count(self, table: str) -> int:
        """Rows in a table."""
        return int((await self.fetch(f"SELECT count(*) FROM {table}"))[0][0])

    async def close(self) -> None:
        """Close the clients."""
        await self._clients.aclose()


def replica_content(directory: Path) -> dict[str, dict[bytes, bytes]]:
    """All that a replica holds: answers by number, keys by hash, and what it says of itself."""
    environment = lmdb.open(str((directory / "current").resolve()), readonly=True, max_dbs=3, lock=False)
    try:
        content: dict[str, dict[bytes, bytes]] = {}
        for name in (b"answers", b"keys", b"meta"):
            table = environment.open_db(name, create=False)
            with environment.begin(table) as transaction:
                content[name.decode()] = dict(transaction.cursor())
        return content
    finally:
        environment.close()


def find_in_replica(directory: Path, number: str) -> bytes | None:
    """The stored answer of one number, by the reader that the service uses."""
    reader = ReplicaReader(directory)
    try:
        reader.refresh()
        return reader.get(number.encode())
    finally:
        reader.close()


async def text_of_everything(database: Database) -> str:
    """All rows of all tables as text."""
    async with database.connection() as connection:
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        texts = []
        for (name,) in names:
            rows = await connection.fetch(f"SELECT row_to_json(t)::text FROM {name} AS t")
            texts += [f"{name}: {row[0]}" for row in rows]
    return "\n".join(texts)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    return answer.status_code, answer.json()["code"]


def new_idempotency_key() -> dict[str, str]:
    """A header with a fresh key."""
    return {"Idempotency-Key": uuid4().hex}
