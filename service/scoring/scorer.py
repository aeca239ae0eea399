"""The scorer: claims changed numbers, assesses them, publishes what changed. Several may run."""

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
from service.host.pause import pause
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
AT_ONCE = 2  # batches of a backlog: one is worked out while PostgreSQL reads or writes the other
SETTLED_AFTER = timedelta(days=14)  # in which further reports can bear a confirmed verdict out

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


class Conclusion(NamedTuple):
    """What scoring concludes of a number."""

    verdict: NumberVerdict
    is_new: bool  # a look-up would read otherwise than before
    is_newly_confirmed: bool
    assessment: Assessment | None  # None: there is nothing to assess

    def plans(self, now: datetime) -> Iterator[Plan]:
        """When the number is to be scored again, why a person must look at it, when its reporters earn credit."""
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
        """Score until `stop` is set; PostgreSQL may come and go meanwhile."""
        while not stop.is_set():
            done = 0
            try:
                done = await self.score_batch(datetime.now(UTC))
                if done == self._settings.score_batch:
                    await self.score_at_once(at_least=self._settings.score_batch, stop=stop)
            except DatabaseUnavailableError as error:
                log.warning("the database is unavailable; scoring waits", reason=str(error))
                await pause(stop, AWAY_SECONDS)
            if not done:
                await pause(stop, self._settings.poll_seconds)

    async def score_at_once(
        self,
        *,
        at_least: int = 1,
        stop: asyncio.Event | None = None,
        progress: Callable[[int], object] = lambda _done: None,
    ) -> None:
        """Score several batches at once while each has `at_least` so many numbers, or until `stop` is set."""

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
            await self._models.look(connection)
            known = await signals.list_known(connection, list(claimed))
            surroundings = await look_around(connection, claimed, now)
            earlier = await store.list_current(connection, list(claimed))
            settled = await store.list_settled(connection, earlier)
            campaign_of = await list_campaigns(connection, list(claimed))
        concluded = [
            one
            for number in claimed
            if (
                one := self._conclude(
                    number,
                    known.get(number),
                    earlier.get(number),
                    settled=settled.get(number),
                    surroundings=surroundings,
                    campaign_id=campaign_of.get(number),
                )
            )
        ]
        published = await self._publish(claim, claimed, concluded, now)
        self._watch.see(concluded, self._models)
        self._metrics.numbers_scored.inc(len(claimed))
        for verdict in published:
            self._metrics.verdicts_published.labels(verdict.verdict).inc()
        self._metrics.scoring_seconds.observe(time.perf_counter() - started)
        return len(claimed)

    def _conclude(
        self,
        number: str,
        known: KnownNumber | None,
        earlier: Published | None,
        *,
        settled: Published | None,
        surroundings: Surroundings,
        campaign_id: str | None,
    ) -> Conclusion | None:
        """What to publish and to plan; None when the number cannot be scored."""
        try:
            if known is None or not known.rows:  # all retracted, or of an earlier owner's time
                verdict, assessment = _unreported(number, known, settled), None
            else:
                assessment = assess(
                    known,
                    self._models.serving,
                    previous=previous_verdict(known.ruling, settled),
                    today=surroundings.today,
                    sub_block=sub_block_of(number, known.kind),
                    neighbours=surroundings.neighbours_of(number),
                )
                verdict = publishable(number, assessment, min_reporters=self._settings.publish_min_reporters)
        except Exception:
            # one number that cannot be scored must not hold up all others; it keeps the verdict it has
            log.exception("a number could not be scored", kind=known.kind if known else None)
            return None
        verdict = in_campaign(verdict, campaign_id)
        before = earlier.verdict if earlier else None
        is_newly_confirmed = verdict.verdict == "confirmed" and (
            before is None or before.verdict != "confirmed"
        )
        return Conclusion(verdict, not is_same_answer(verdict, before), is_newly_confirmed, assessment)

    async def _publish(
        self, claim: UUID, claimed: dict[str, int], concluded: Sequence[Conclusion], now: datetime
    ) -> list[NumberVerdict]:
        async def work(connection: Connection) -> list[NumberVerdict]:
            own = await signals.settle_changed(connection, claim, claimed)
            mine = [one for one in concluded if one.verdict.number in own]
            plans = [plan for one in mine for plan in one.plans(now)]
            await signals.plan(connection, [one.verdict.number for one in mine], plans)
            verdicts = [one.verdict for one in mine if one.is_new]
            if verdicts:
                await store.publish(connection, verdicts, now)
            return verdicts

        return await self._database.in_transaction(work)


async def look_around(connection: Connection, numbers: Iterable[str], now: datetime) -> Surroundings:
    """What is reported around these numbers as of the day of `now`."""
    today = day_of(now)
    widest = {block[-1] for number in numbers if (block := blocks_of(number))}
    days_of = await signals.list_block_activity(
        connection, sorted(widest), since=date_of(today - max(BLOCK_WINDOWS_DAYS))
    )
    activity = {number: activity_of(days, today=today) for number, days in days_of.items()}
    return Surroundings(today, activity, sum_blocks(activity.items()))


def previous_verdict(ruling: Ruling | None, earlier: Published | None) -> str:
    """The verdict from which scoring starts: a person's, or the one published since."""
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
