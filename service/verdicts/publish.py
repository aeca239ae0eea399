"""The scorer: claims changed numbers, assesses them, publishes what changed. Several may run."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog

from ml.blocks import (
    BLOCK_WINDOWS_DAYS,
    QUIET,
    Activity,
    Blocks,
    activity_of,
    blocks_of,
    neighbours_of,
    sum_blocks,
)
from ml.classifier import Classifier
from ml.signals import sub_block_of
from service.campaigns.search import HourlySearch
from service.campaigns.store import list_campaigns
from service.database import Connection, Database, DatabaseUnavailableError
from service.idempotency import delete_old_keys
from service.metrics import Metrics
from service.reports.store import delete_spent_challenges
from service.scoring import store as signals
from service.scoring.assess import assess
from service.scoring.store import KnownNumber
from service.settings import Settings
from service.verdicts import store
from service.verdicts.verdict import Verdict, in_campaign, is_same_answer, nothing_known, publishable

CHINA = ZoneInfo("Asia/Shanghai")
CLAIM_FOR = timedelta(seconds=15)
HOUSEKEEPING_SECONDS = 60

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is reported in the blocks of the numbers of a batch, as of a day counted from 1970-01-01."""

    today: int
    activity: Mapping[str, Activity]
    blocks: Blocks

    def neighbours_of(self, number: str) -> Sequence[Activity]:
        """The activity around a number, without its own."""
        return neighbours_of(number, self.activity.get(number, QUIET), self.blocks)


class Scorer:
    """Publishes verdicts of changed numbers, batch after batch."""

    def __init__(
        self, database: Database, settings: Settings, metrics: Metrics, model: Classifier | None
    ) -> None:
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._model = model
        self._campaigns = HourlySearch(database)

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
        await self._campaigns.stop()

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
            surroundings = await _look_around(connection, claimed, now)
            earlier = await store.list_current(connection, list(claimed))
            campaign_of = await list_campaigns(connection, list(claimed))
        decided = self._decide(claimed, known, earlier, surroundings)
        verdicts = [in_campaign(verdict, campaign_of.get(verdict.number)) for verdict in decided]
        changed = [
            verdict for verdict in verdicts if not is_same_answer(verdict, earlier.get(verdict.number))
        ]
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
        surroundings: Surroundings,
    ) -> list[Verdict]:
        verdicts = (
            self._verdict(number, known.get(number), earlier.get(number), surroundings) for number in claimed
        )
        return [verdict for verdict in verdicts if verdict is not None]

    def _verdict(
        self, number: str, known: KnownNumber | None, earlier: Verdict | None, surroundings: Surroundings
    ) -> Verdict | None:
        if known is None:  # every report was retracted
            return nothing_known(number, earlier.kind if earlier else "")
        try:
            previous = earlier.verdict if earlier else "unknown"
            assessment = assess(
                known,
                self._model,
                previous=previous,
                today=surroundings.today,
                sub_block=sub_block_of(number, known.kind),
                neighbours=surroundings.neighbours_of(number),
            )
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
        self._campaigns.begin()


async def _look_around(connection: Connection, numbers: Iterable[str], now: datetime) -> Surroundings:
    today = now.astimezone(CHINA).date()
    widest = {block[-1] for number in numbers if (block := blocks_of(number))}
    days_of = await signals.list_block_activity(
        connection, sorted(widest), since=today - timedelta(days=max(BLOCK_WINDOWS_DAYS))
    )
    day = today.toordinal() - date(1970, 1, 1).toordinal()
    activity = {number: activity_of(days, today=day) for number, days in days_of.items()}
    return Surroundings(day, activity, sum_blocks(activity.items()))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
