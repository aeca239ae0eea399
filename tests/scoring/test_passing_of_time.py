"""Verdicts change by the passing of time, when they should and without a new report."""

from datetime import UTC, datetime, timedelta

import pytest

from ml.bursts import HELD_DAYS
from service.days import day_of, midnight_of
from service.scoring.store import begin_due_scores
from service.verdicts.store import list_current
from tests.clients import NUMBER, Api, report_row

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


async def verdict(api: Api) -> str:
    async with api.database.connection() as connection:
        published = (await list_current(connection, [NUMBER])).get(NUMBER)
    return published.verdict.verdict if published else "unknown"


async def planned(api: Api) -> dict[str, datetime]:
    rows = await api.fetch("SELECT task, due_at FROM agenda WHERE number = $1", NUMBER)
    return {row["task"]: row["due_at"] for row in rows}


async def begin(api: Api, now: datetime) -> int:
    async with api.database.connection() as connection:
        return await begin_due_scores(connection, now, at_most=100)


async def reported_by_many(api: Api, *, moment: datetime = NOW) -> None:
    await api.insert([report_row(NUMBER, occurred_at=moment - timedelta(hours=1)) for _ in range(8)])


async def test_a_confirmed_number_is_scored_again_on_the_day_its_evidence_has_faded(api: Api) -> None:
    await reported_by_many(api)
    await api.publish(NOW)
    assert await verdict(api) == "confirmed"
    due = (await planned(api))["score"]
    assert NOW + timedelta(days=60) < due < NOW + timedelta(days=1000)
    assert await begin(api, due - timedelta(seconds=1)) == 0
    await api.publish(due - timedelta(seconds=1))
    assert await verdict(api) == "confirmed"
    assert await begin(api, due) == 1
    await api.publish(due)
    assert await verdict(api) != "confirmed"


async def test_the_day_before_it_is_due_a_verdict_would_still_hold(api: Api) -> None:
    await reported_by_many(api)
    await api.publish(NOW)
    due = (await planned(api))["score"]
    await api.fetch("INSERT INTO changed_numbers VALUES ($1, false)", NUMBER)
    await api.publish(due - timedelta(days=1))
    assert await verdict(api) == "confirmed"
    assert (await planned(api))["score"] == due


async def test_a_new_report_puts_the_day_off(api: Api) -> None:
    await reported_by_many(api)
    await api.publish(NOW)
    first = (await planned(api))["score"]
    await reported_by_many(api, moment=NOW + timedelta(days=30))
    await api.publish(NOW + timedelta(days=30))
    assert (await planned(api))["score"] > first


async def test_an_unlisted_number_is_not_on_the_agenda(api: Api) -> None:
    await api.insert([report_row(NUMBER, occurred_at=NOW)])
    await api.publish(NOW)
    assert await planned(api) == {}


async def test_a_number_that_is_no_longer_listed_leaves_the_agenda(api: Api) -> None:
    await reported_by_many(api)
    await api.publish(NOW)
    later = NOW + timedelta(days=1500)
    assert await begin(api, later) == 1
    await api.publish(later)
    assert await verdict(api) == "unknown"
    assert "score" not in await planned(api)


@pytest.fixture
async def burst(api: Api) -> None:
    """Thirty fresh accounts of thirty clusters report a number within an hour, and two seasoned ones did before."""
    before = [report_row(NUMBER, occurred_at=NOW - timedelta(days=9), is_seasoned=True) for _ in range(3)]
    crowd = [
        report_row(NUMBER, occurred_at=NOW - timedelta(minutes=n), is_seasoned=False, weight=0.8)
        for n in range(30)
    ]
    await api.insert([*before, *crowd])
    await api.publish(NOW)


@pytest.mark.usefixtures("burst")
async def test_a_burst_is_held_shown_to_a_person_and_let_through_two_days_later(api: Api) -> None:
    assert await verdict(api) != "confirmed"
    waiting = await planned(api)
    due = midnight_of(day_of(NOW) + HELD_DAYS + 1)
    assert waiting["score"] == due
    assert "review" in waiting
    assert await begin(api, due) == 1
    await api.publish(due)
    assert await verdict(api) == "confirmed"
    assert "review" not in await planned(api)


@pytest.mark.usefixtures("burst")
async def test_a_review_waits_since_it_was_first_asked_for(api: Api) -> None:
    since = (await planned(api))["review"]
    await api.insert([report_row(NUMBER, occurred_at=NOW, is_seasoned=False, weight=0.8)])
    await api.publish(NOW + timedelta(hours=1))
    assert (await planned(api))["review"] == since
