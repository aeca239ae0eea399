"""The change feed: gap-free, in the order of commit, and only what a look-up would tell differently."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from ml.classifier import Classifier
from service.database import Connection, Database, DatabaseUnavailableError
from service.metrics import Metrics
from service.reports.intake import retract
from service.reports.store import NewReport, fetch_report, insert_reports
from service.scoring.scorer import AT_ONCE, CLAIM_FOR, Scorer
from service.scoring.store import count_waiting
from service.settings import Settings
from service.verdicts.store import fetch_head, list_current, list_feed, publish
from service.verdicts.verdict import BANDS, NumberVerdict, band, is_same_answer, nothing_known
from tests.clients import NUMBER, Api, HeldModels, report_row
from tests.waiting import until

NOW = datetime.now(UTC)


@pytest.fixture
def scorer(settings: Settings, database: Database, model: Classifier) -> Scorer:
    return Scorer(database, settings, Metrics(CollectorRegistry()), HeldModels(model))


async def insert(database: Database, rows: list[NewReport]) -> None:
    async with database.connection() as connection:
        await insert_reports(connection, rows, is_bulk=False)


async def fetch(database: Database, statement: str, *arguments: object) -> list[Any]:
    async with database.connection() as connection:
        return list(await connection.fetch(statement, *arguments))


def badly_reported(number: str = NUMBER, times: int = 12) -> list[NewReport]:
    """Reports enough for every gate."""
    return [report_row(number) for _ in range(times)]


async def current(database: Database, number: str = NUMBER) -> NumberVerdict | None:
    async with database.connection() as connection:
        published = (await list_current(connection, [number])).get(number)
    return published.verdict if published else None


async def feed(database: Database) -> list[tuple[int, str, str]]:
    async with database.connection() as connection:
        entries = await list_feed(connection, 0, at_most=100_000)
    return [(entry.revision, entry.verdict.number, entry.verdict.verdict) for entry in entries]


async def test_enough_independent_reports_confirm_a_number(database: Database, scorer: Scorer) -> None:
    await insert(database, badly_reported())
    assert await scorer.score_all(NOW) == 1
    verdict = await current(database)
    assert verdict is not None
    assert (verdict.verdict, verdict.reports_at_least, verdict.reporters_at_least) == ("confirmed", 10, 10)
    assert verdict.score is not None
    assert verdict.category == "threat"
    assert await feed(database) == [(1, NUMBER, "confirmed")]


async def test_nothing_waits_when_everything_is_scored(database: Database, scorer: Scorer) -> None:
    await insert(database, badly_reported())
    await scorer.score_all(NOW)
    assert await fetch(database, "SELECT FROM changed_numbers") == []
    assert await scorer.score_batch(NOW) == 0


async def test_an_unchanged_verdict_is_no_new_revision(database: Database, scorer: Scorer) -> None:
    await insert(database, badly_reported(times=12))
    await scorer.score_all(NOW)
    await insert(database, badly_reported(times=1))
    assert await scorer.score_all(NOW) == 1
    assert len(await feed(database)) == 1


async def test_a_changed_band_is_a_new_revision(database: Database, scorer: Scorer) -> None:
    await insert(database, badly_reported(times=12))
    await scorer.score_all(NOW)
    await insert(database, badly_reported(times=10))
    await scorer.score_all(NOW)
    assert [revision for revision, *_ in await feed(database)] == [1, 2]
    verdict = await current(database)
    assert verdict is not None
    assert verdict.reports_at_least == 20


async def test_two_scorers_racing_leave_no_gap_and_no_double(
    database: Database, settings: Settings, model: Classifier
) -> None:
    numbers = [f"+861979000{n:04}" for n in range(120)]
    await insert(database, [report_row(number) for number in numbers for _ in range(12)])
    small = settings.model_copy(update={"score_batch": 7})
    scorers = [Scorer(database, small, Metrics(CollectorRegistry()), HeldModels(model)) for _ in range(2)]
    done = await asyncio.gather(*(one.score_all(NOW) for one in scorers))
    assert sum(done) == len(numbers)
    assert min(done) > 0
    published = await feed(database)
    assert [revision for revision, *_ in published] == list(range(1, len(numbers) + 1))
    assert sorted(number for _, number, _ in published) == numbers


class Watched(Scorer):
    """Counts the batches under way, and stops when nothing waits any more."""

    under_way = most = 0
    fails = False

    async def score_batch(self, now: datetime) -> int:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.fails and self.under_way == AT_ONCE:
                self.fails = False
                raise DatabaseUnavailableError("away for a moment")
            return await super().score_batch(now)
        finally:
            self.under_way -= 1


@pytest.mark.parametrize("fails", [False, True])
async def test_a_backlog_is_scored_several_batches_at_once(
    database: Database, settings: Settings, model: Classifier, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr("service.scoring.scorer.AWAY_SECONDS", 0.0)
    numbers = [f"+861979000{n:04}" for n in range(60)]
    await insert(database, [report_row(number) for number in numbers for _ in range(12)])
    small = settings.model_copy(update={"score_batch": 7})
    scorer = Watched(database, small, Metrics(CollectorRegistry()), HeldModels(model))
    scorer.fails = fails
    stop = asyncio.Event()
    running = asyncio.create_task(scorer.run(stop))
    async with database.connection() as connection:
        await until(lambda: nothing_waits(connection))
    stop.set()
    await running
    assert scorer.most == AT_ONCE
    published = await feed(database)
    assert [revision for revision, *_ in published] == list(range(1, len(numbers) + 1))
    assert sorted(number for _, number, _ in published) == numbers


async def nothing_waits(connection: Connection) -> bool:
    return await count_waiting(connection) == 0


async def test_a_publication_rolled_back_leaves_no_gap(database: Database, scorer: Scorer) -> None:
    def entry(number: str) -> NumberVerdict:
        return nothing_known(number, "mobile")._replace(verdict="suspected", reports_at_least=3)

    async def fails(connection: Connection) -> None:
        await publish(connection, [entry("+8619790000001"), entry("+8619790000002")], NOW)
        raise RuntimeError("rolled back")

    async def works(connection: Connection) -> None:
        await publish(connection, [entry("+8619790000003")], NOW)

    await database.in_transaction(works)
    with pytest.raises(RuntimeError, match="rolled back"):
        await database.in_transaction(fails)
    await database.in_transaction(works)
    assert [revision for revision, *_ in await feed(database)] == [1, 2]
    async with database.connection() as connection:
        assert (await fetch_head(connection)).revision == 2


async def test_a_later_revision_never_shows_before_an_earlier_one(database: Database) -> None:
    """The second publication waits for the first to commit: a reader never sees a hole that fills later."""
    verdict = nothing_known(NUMBER, "mobile")._replace(verdict="suspected", reports_at_least=3)

    async def works(connection: Connection) -> None:
        await publish(connection, [verdict], NOW)

    async with database.connection() as connection, connection.transaction():
        await publish(connection, [verdict._replace(number="+8619790000001")], NOW)
        second = asyncio.create_task(database.in_transaction(works))
        done, _ = await asyncio.wait({second}, timeout=0.2)
        assert not done
        assert await feed(database) == []
    await second
    assert [number for _, number, _ in await feed(database)] == ["+8619790000001", NUMBER]


class Interrupted(Scorer):
    """A scorer during whose work something happens."""

    meanwhile: Callable[[], Awaitable[None]]

    async def _publish(self, *arguments: Any) -> list[NumberVerdict]:
        await self.meanwhile()
        return await super()._publish(*arguments)


@pytest.fixture
def interrupted(settings: Settings, database: Database, model: Classifier) -> Interrupted:
    return Interrupted(database, settings, Metrics(CollectorRegistry()), HeldModels(model))


async def test_a_number_that_changes_while_it_is_scored_is_scored_again(
    database: Database, interrupted: Interrupted, scorer: Scorer
) -> None:
    await insert(database, badly_reported(times=3))

    async def more() -> None:
        await insert(database, badly_reported(times=12))

    interrupted.meanwhile = more
    assert await interrupted.score_batch(NOW) == 1
    (waiting,) = await fetch(database, "SELECT claim, claimed_until FROM changed_numbers")
    assert tuple(waiting) == (None, None)
    assert await scorer.score_batch(NOW) == 1
    verdict = await current(database)
    assert verdict is not None
    assert verdict.reports_at_least == 10


async def test_the_claim_of_a_dead_scorer_is_taken_over(
    database: Database, interrupted: Interrupted, scorer: Scorer
) -> None:
    await insert(database, badly_reported())

    async def dies() -> None:
        raise ConnectionResetError

    interrupted.meanwhile = dies
    with pytest.raises(ConnectionResetError):
        await interrupted.score_batch(NOW)
    assert await scorer.score_batch(NOW + CLAIM_FOR - timedelta(seconds=1)) == 0
    assert await scorer.score_batch(NOW + CLAIM_FOR + timedelta(seconds=1)) == 1
    assert len(await feed(database)) == 1


async def test_a_scorer_that_lost_its_claim_publishes_nothing(
    database: Database, interrupted: Interrupted, scorer: Scorer
) -> None:
    await insert(database, badly_reported())

    async def overtaken() -> None:
        assert await scorer.score_batch(NOW + CLAIM_FOR + timedelta(seconds=1)) == 1

    interrupted.meanwhile = overtaken
    await interrupted.score_batch(NOW)
    assert len(await feed(database)) == 1
    assert await fetch(database, "SELECT FROM changed_numbers") == []


async def test_live_reports_are_scored_before_imports(
    database: Database, settings: Settings, model: Classifier
) -> None:
    async with database.connection() as connection:
        await insert_reports(connection, badly_reported("+8619790000001"), is_bulk=True)
        await insert_reports(connection, badly_reported("+8619790000009"), is_bulk=False)
    one_by_one = settings.model_copy(update={"score_batch": 1})
    await Scorer(database, one_by_one, Metrics(CollectorRegistry()), HeldModels(model)).score_all(NOW)
    assert [number for _, number, _ in await feed(database)] == ["+8619790000009", "+8619790000001"]


async def test_when_every_report_is_taken_back_nothing_is_told_any_more(
    database: Database, scorer: Scorer
) -> None:
    rows = badly_reported()
    await insert(database, rows)
    await scorer.score_all(NOW)
    for row in rows:

        async def work(connection: Connection, row: NewReport = row) -> None:
            own = await fetch_report(connection, row.reporter, row.report_id)
            assert own is not None
            await retract(connection, own, row.reporter, NOW)

        await database.in_transaction(work, isolation="repeatable_read")
    await scorer.score_all(NOW)
    verdict = await current(database)
    assert verdict == nothing_known(NUMBER, "mobile")
    assert [revision for revision, *_ in await feed(database)] == [1, 2]


@pytest.mark.parametrize(("number", "kind"), [("withheld", "withheld"), ("110", "public_service")])
async def test_withheld_and_public_numbers_are_stored_and_never_scored(
    database: Database, scorer: Scorer, number: str, kind: str
) -> None:
    await insert(database, [report_row(number, kind=kind) for _ in range(20)])
    assert len(await fetch(database, "SELECT FROM reports")) == 20
    assert await scorer.score_all(NOW) == 0
    assert await feed(database) == []


@pytest.mark.parametrize(("number", "kind"), [("95588", "service_95"), ("+864001234567", "service_400")])
async def test_reports_alone_never_accuse_a_protected_number(
    database: Database, scorer: Scorer, number: str, kind: str
) -> None:
    await insert(database, [report_row(number, kind=kind) for _ in range(60)])
    await scorer.score_all(NOW)
    verdict = await current(database, number)
    assert verdict is None or verdict.verdict == "unknown"


async def test_without_a_model_nothing_new_is_published_and_old_verdicts_stay(
    database: Database, settings: Settings, scorer: Scorer
) -> None:
    await insert(database, badly_reported("+8619790000001"))
    await scorer.score_all(NOW)
    without = Scorer(database, settings, Metrics(CollectorRegistry()), HeldModels(None))
    await insert(database, badly_reported("+8619790000001", times=1) + badly_reported("+8619790000002"))
    await without.score_all(NOW)
    old, new = await current(database, "+8619790000001"), await current(database, "+8619790000002")
    assert old is not None
    assert old.verdict == "confirmed"
    assert new is None or (new.verdict, new.score, new.model_version) == ("unknown", None, None)


async def test_of_what_one_reporter_says_nothing_is_published(database: Database, scorer: Scorer) -> None:
    await insert(database, badly_reported(times=2))
    await scorer.score_all(NOW)
    assert await feed(database) == []


def test_counts_are_told_as_lower_bounds_of_bands() -> None:
    assert [band(count) for count in (0, 1, 4, 19, 123_456)] == [0, 1, 3, 10, 10_000]
    assert [band(bound) for bound in BANDS] == list(BANDS)
    assert [band(bound - 1) for bound in BANDS] == [0, *BANDS[:-1]]


def test_what_a_look_up_does_not_show_is_no_change() -> None:
    verdict = nothing_known(NUMBER, "mobile")._replace(reports_at_least=3, trust_probability=0.7)
    assert is_same_answer(verdict, verdict._replace(trust_probability=0.8))
    for change in (
        {"score": 0.5},
        {"verdict": "suspected"},
        {"reports_at_least": 5},
        {"reasons": ("x",)},
        {"model_version": "new"},
    ):
        assert not is_same_answer(verdict, verdict._replace(**change))
    assert is_same_answer(nothing_known(NUMBER, "mobile"), None)


async def test_a_number_that_cannot_be_scored_does_not_hold_up_the_others(
    database: Database, settings: Settings, model: Classifier
) -> None:
    await insert(database, badly_reported("+8619790000001") + badly_reported("+8619790000002"))
    await fetch(
        database,
        "UPDATE daily_signals SET kind = 'no such kind' WHERE number = '+8619790000001'",
    )
    scorer = Scorer(database, settings, Metrics(CollectorRegistry()), HeldModels(model))
    await scorer.score_all(NOW)
    assert "+8619790000002" in [number for _, number, _ in await feed(database)]
    assert await fetch(database, "SELECT FROM changed_numbers") == []


async def test_told_below_the_threshold_is_what_is_told_of_a_stranger(api: Api) -> None:
    partner = await api.partner()
    reported, stranger = "19790004321", "19790008765"
    await api.insert([report_row(f"+86{reported}") for _ in range(2)])
    await api.publish()

    async def told(number: str) -> str:
        answer = await partner.get(f"/v1/numbers/{number}")
        document = answer.json()
        assert document.pop("number") == f"+86{number}"
        document.pop("age_seconds")
        return f"{answer.status_code} {document} {sorted(answer.headers)}"

    assert await told(reported) == await told(stranger)
    bulk = await partner.post("/v1/numbers:lookup", json={"numbers": [reported, stranger]})
    first, second = bulk.json()["answers"]
    assert {**first, "number": ""} == {**second, "number": ""}


async def test_a_number_told_once_and_then_below_the_threshold_is_a_stranger_again(api: Api) -> None:
    partner = await api.partner()
    rows = badly_reported()
    await api.insert(rows)
    await api.publish()
    assert (await partner.get(f"/v1/numbers/{NUMBER}")).json()["verdict"] == "confirmed"
    for row in rows[2:]:

        async def work(connection: Connection, row: NewReport = row) -> None:
            own = await fetch_report(connection, row.reporter, row.report_id)
            assert own is not None
            await retract(connection, own, row.reporter, NOW)

        await api.database.in_transaction(work, isolation="repeatable_read")
    await api.publish()
    fallen = (await partner.get(f"/v1/numbers/{NUMBER}")).json()
    stranger = (await partner.get("/v1/numbers/+8619790008765")).json()
    for answer in (fallen, stranger):
        answer.pop("number")
        answer.pop("age_seconds")
    assert fallen == stranger
