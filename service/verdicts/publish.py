"""The scorer: claims changed numbers, assesses them, publishes what changed. Several may run."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog

from ml.classifier import Classifier
from service.database import Connection, Database, DatabaseUnavailableError
from service.idempotency import delete_old_keys
from service.metrics import Metrics
from service.reports.store import delete_spent_challenges
from service.scoring import store as signals
from service.scoring.assess import assess
from service.scoring.store import KnownNumber
from service.settings import Settings
from service.verdicts import store
from service.verdicts.verdict import Verdict, is_same_answer, nothing_known, publishable

CHINA = ZoneInfo("Asia/Shanghai")
CLAIM_FOR = timedelta(seconds=15)
HOUSEKEEPING_SECONDS = 60

log = structlog.get_logger()


class Scorer:
    """Publishes verdicts of changed numbers, batch after batch."""

    def __init__(
        self, database: Database, settings: Settings, metrics: Metrics, model: Classifier | None
    ) -> None:
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._model = model

    async def run(self, stop: asyncio.Event) -> None:
        """Score until `stop` is set; PostgreSQL may come and go meanwhile."""
        housekeeping_at = 0.0
        while not stop.is_set():
            done = 0
            try:
                if time.monotonic() >= housekeeping_at:
                    housekeeping_at = time.monotonic() + HOUSEKEEPING_SECONDS
                    await self._keep_house()
                done = await self.score_batch(datetime.now(UTC))
            except DatabaseUnavailableError as error:
                log.warning("the database is away, scoring waits", reason=str(error))
                await _pause(stop, 1.0)
            if not done:
                await _pause(stop, self._settings.poll_seconds)

    async def score_all(self, now: datetime) -> int:
        """Score until nothing waits any more; gives how many numbers were scored."""
        total = 0
        while done := await self.score_batch(now):
            total += done
        return total

    async def score_batch(self, now: datetime) -> int:
        """Score and publish one batch of changed numbers; gives how many there were."""
        started = time.perf_counter()
        claim = uuid4()
        async with self._database.connection() as connection:
            claimed = await signals.claim_changed(
                connection, claim, now=now, until=now + CLAIM_FOR, at_most=self._settings.score_batch
            )
            if not claimed:
                return 0
            known = await signals.list_signals(connection, list(claimed))
            earlier = await store.list_current(connection, list(claimed))
        changed = self._decide(claimed, known, earlier, now)
        published = await self._publish(claim, claimed, changed, now)
        self._metrics.numbers_scored.inc(len(claimed))
        for verdict in published:
            self._metrics.verdicts_published.labels(verdict.verdict).inc()
        self._metrics.scoring_seconds.observe(time.perf_counter() - started)
        return len(claimed)

    def _decide(
        self,
        claimed: Mapping[str, int],
        known: Mapping[str, KnownNumber],
        earlier: Mapping[str, Verdict],
        now: datetime,
    ) -> list[Verdict]:
        today = now.astimezone(CHINA).date().toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
        verdicts = (
            self._verdict(number, known.get(number), earlier.get(number), today) for number in claimed
        )
        return [
            verdict
            for verdict in verdicts
            if verdict is not None and not is_same_answer(verdict, earlier.get(verdict.number))
        ]

    def _verdict(
        self, number: str, known: KnownNumber | None, earlier: Verdict | None, today: int
    ) -> Verdict | None:
        if known is None:  # every report was retracted
            return nothing_known(number, earlier.kind if earlier else "")
        try:
            previous = earlier.verdict if earlier else "unknown"
            assessment = assess(known, self._model, previous=previous, today=today)
        except Exception:
            # one number that cannot be scored must not hold up all others; it keeps the verdict it has
            log.exception("a number could not be scored", kind=known.kind)
            return None
        return publishable(number, assessment, min_reporters=self._settings.publish_min_reporters)

    async def _publish(
        self, claim: UUID, claimed: dict[str, int], changed: list[Verdict], now: datetime
    ) -> list[Verdict]:
        async def work(connection: Connection) -> list[Verdict]:
            own = await signals.settle_changed(connection, claim, claimed)
            verdicts = [verdict for verdict in changed if verdict.number in own]
            if verdicts:
                await store.publish(connection, verdicts, now)
            return verdicts

        return await self._database.in_transaction(work)

    async def _keep_house(self) -> None:
        now = datetime.now(UTC)
        async with self._database.connection() as connection:
            await delete_old_keys(connection, now)
            await delete_spent_challenges(connection, now)
            self._metrics.waiting_numbers.set(await signals.count_changed(connection))
            self._metrics.feed_revision.set((await store.fetch_head(connection)).revision)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
