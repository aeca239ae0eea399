"""The scorer: claims changed numbers, assesses them, publishes what changed. Several scorers may run."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

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
from ml.signals import sub_block_of
from service.campaigns.store import list_campaigns
from service.database import Connection, Database, DatabaseUnavailableError
from service.days import date_of, day_of, midnight_of
from service.host.pause import Outage, pause
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.scoring import store as signals
from service.scoring.assess import Assessment, assess
from service.scoring.store import KnownNumber, Plan, Ruling
from service.scoring.told import publishable
from service.scoring.watch import DriftWatch
from service.settings import Settings
from service.verdicts import store
from service.verdicts.store import Published
from service.verdicts.verdict import NumberVerdict, in_campaign, is_same_answer, nothing_reported

CLAIM_FOR = timedelta(seconds=15)
AWAY_SECONDS = 1.0
AT_ONCE = 2  # batches of a backlog: one is computed while PostgreSQL reads or writes the other
SETTLED_AFTER = timedelta(days=14)  # until then further reports can support a confirmed verdict

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Reports in the blocks of a batch's numbers, as of a day counted from 1970-01-01."""

    today: int
    activity: Mapping[str, Activity]
    blocks: Blocks

    def neighbours_of(self, number: str) -> Sequence[Activity]:
        """Return the activity around a number, without its own."""
        return neighbours_of(number, self.activity.get(number, QUIET), self.blocks)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Claimed numbers, and what is known about them."""

    claim: UUID
    claimed: dict[str, int]
    known: Mapping[str, KnownNumber]
    surroundings: Surroundings
    earlier: Mapping[str, Published]
    settled: Mapping[str, Published]  # as `earlier`, without what an open dispute changed
    campaign_of: Mapping[str, str]


class Conclusion(NamedTuple):
    """What scoring concludes about a number."""

    verdict: NumberVerdict
    is_new: bool  # a look-up would answer something else than before
    is_newly_confirmed: bool
    assessment: Assessment | None  # None if there is nothing to assess

    def plans(self, now: datetime) -> Iterator[Plan]:
        """Return when to score the number again, why a person must look at it, and when its reporters earn credit."""
        if self.assessment is None:
            return
        number = self.verdict.number
        if self.assessment.due_day is not None:
            yield Plan(number, "score", midnight_of(self.assessment.due_day), "{}")
        if self.assessment.reviews:
            yield Plan(number, "review", now, "{" + ",".join(self.assessment.reviews) + "}")
        if self.is_newly_confirmed:
            yield Plan(number, "settle", now + SETTLED_AFTER, "{}")


class Scorer:
    """Publishes verdicts of changed numbers, batch after batch."""

    def __init__(self, database: Database, settings: Settings, metrics: Metrics, models: ModelShelf) -> None:
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._models = models
        self._watch = DriftWatch(metrics)

    async def run(self, stop: asyncio.Event) -> None:
        """Score until `stop` is set; PostgreSQL may be unavailable for a while."""
        outage = Outage("the database is unavailable; scoring waits")
        while not stop.is_set():
            done = 0
            try:
                done = await self.score_batch(datetime.now(UTC))
                if done == self._settings.score_batch:
                    await self.score_at_once(at_least=self._settings.score_batch, stop=stop)
            except DatabaseUnavailableError as error:
                outage.tell(str(error))
                await pause(stop, AWAY_SECONDS)
            else:
                outage.end()
            if not done:
                await pause(stop, self._settings.poll_seconds)

    async def score_at_once(
        self,
        *,
        at_least: int = 1,
        stop: asyncio.Event | None = None,
        progress: Callable[[int], object] = lambda _done: None,
    ) -> None:
        """Score several batches at once, as long as each has `at_least` so many numbers and `stop` is not set."""

        async def score_batches() -> None:
            while stop is None or not stop.is_set():
                done = await self.score_batch(datetime.now(UTC))
                progress(done)
                if done < at_least:
                    return

        ended = await asyncio.gather(*[score_batches() for _ in range(AT_ONCE)], return_exceptions=True)
        for failure in ended:
            if failure is not None:
                raise failure

    async def score_all(self, now: datetime) -> int:
        """Score until no number waits any more; return how many were scored."""
        total = 0
        while done := await self.score_batch(now):
            total += done
        return total

    async def score_batch(self, now: datetime) -> int:
        """Score and publish one batch of changed numbers; return how many there were."""
        started = time.perf_counter()
        batch = await self._claim(now)
        if batch is None:
            return 0
        concluded = [one for number in batch.claimed if (one := self._conclude(number, batch))]
        published = await self._publish(batch, concluded, now)
        self._watch.see(concluded, self._models)
        self._metrics.numbers_scored.inc(len(batch.claimed))
        for verdict in published:
            self._metrics.verdicts_published.labels(verdict.verdict).inc()
        self._metrics.scoring_seconds.observe(time.perf_counter() - started)
        return len(batch.claimed)

    async def _claim(self, now: datetime) -> _Batch | None:
        """Claim changed numbers and read what is known about them; None if no number waits."""
        claim = uuid4()
        async with self._database.connection() as connection:
            claimed = await signals.claim_changed(
                connection, claim, now=now, until=now + CLAIM_FOR, at_most=self._settings.score_batch
            )
            if not claimed:
                return None
            numbers = list(claimed)
            await self._models.look(connection)
            known = await signals.list_known(connection, numbers)
            surroundings = await look_around(connection, claimed, now)
            earlier = await store.list_current(connection, numbers)
            return _Batch(
                claim=claim,
                claimed=claimed,
                known=known,
                surroundings=surroundings,
                earlier=earlier,
                settled=await store.list_settled(connection, earlier),
                campaign_of=await list_campaigns(connection, numbers),
            )

    def _conclude(self, number: str, batch: _Batch) -> Conclusion | None:
        """Return what to publish and to plan; None if the number cannot be scored."""
        known = batch.known.get(number)
        try:
            verdict, assessment = self._judge(number, known, batch)
        except Exception:
            # one number that cannot be scored must not hold up all others; it keeps the verdict it has
            log.exception("a number could not be scored", kind=known.kind if known else None)
            return None
        verdict = in_campaign(verdict, batch.campaign_of.get(number))
        earlier = batch.earlier.get(number)
        before = earlier.verdict if earlier else None
        is_newly_confirmed = verdict.verdict == "confirmed" and (
            before is None or before.verdict != "confirmed"
        )
        return Conclusion(verdict, not is_same_answer(verdict, before), is_newly_confirmed, assessment)

    def _judge(
        self, number: str, known: KnownNumber | None, batch: _Batch
    ) -> tuple[NumberVerdict, Assessment | None]:
        settled = batch.settled.get(number)
        if known is None or not known.rows:  # all retracted, or of an earlier owner's time
            return _unreported(number, known, settled), None
        assessment = assess(
            known,
            self._models.serving,
            previous=previous_verdict(known.ruling, settled),
            previous_at=settled.decided_at if settled else None,
            today=batch.surroundings.today,
            sub_block=sub_block_of(number, known.kind),
            neighbours=batch.surroundings.neighbours_of(number),
        )
        return publishable(number, assessment, min_reporters=self._settings.publish_min_reporters), assessment

    async def _publish(
        self, batch: _Batch, concluded: Sequence[Conclusion], now: datetime
    ) -> list[NumberVerdict]:
        async def work(connection: Connection) -> list[NumberVerdict]:
            own = await signals.settle_changed(connection, batch.claim, batch.claimed)
            mine = [one for one in concluded if one.verdict.number in own]
            plans = [plan for one in mine for plan in one.plans(now)]
            await signals.plan(connection, [one.verdict.number for one in mine], plans)
            verdicts = [one.verdict for one in mine if one.is_new]
            if verdicts:
                await store.publish(connection, verdicts, now)
            return verdicts

        return await self._database.in_transaction(work)


async def look_around(connection: Connection, numbers: Iterable[str], now: datetime) -> Surroundings:
    """Return what is reported around these numbers as of the day of `now`."""
    today = day_of(now)
    widest = {block[-1] for number in numbers if (block := blocks_of(number))}
    days_of = await signals.list_block_activity(
        connection, sorted(widest), since=date_of(today - max(BLOCK_WINDOWS_DAYS))
    )
    activity = {number: activity_of(days, today=today) for number, days in days_of.items()}
    return Surroundings(today, activity, sum_blocks(activity.items()))


def previous_verdict(ruling: Ruling | None, earlier: Published | None) -> str:
    """Return the verdict from which scoring starts: that of a person's decision, or the one published since."""
    published = earlier.verdict.verdict if earlier else "unknown"
    if ruling is None:
        return published
    if ruling.decision in ("cleared", "protected"):
        return ruling.decision
    if earlier is not None and earlier.verdict.ruled_at == ruling.decided_at:
        return published
    return "confirmed" if ruling.decision == "abusive" else "unknown"


def _unreported(number: str, known: KnownNumber | None, earlier: Published | None) -> NumberVerdict:
    kind = known.kind if known else earlier.verdict.kind if earlier else ""
    ruling = known.ruling if known else None
    ruled_at = ruling.decided_at if ruling else None
    return nothing_reported(number, kind, previous_verdict(ruling, earlier), ruled_at)
