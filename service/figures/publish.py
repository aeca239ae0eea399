"""Computes the figures of weeks that have ended: once, by upkeep, never for a request."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from service.database import Connection, Database
from service.days import CHINA
from service.figures import store
from service.figures.bands import LEAST, Band, band_of, held
from service.figures.schemas import (
    DecisionFigures,
    DisputeFigures,
    HandedOver,
    NumberFigures,
    WeekFigures,
)

WEEK: Final = timedelta(days=7)
MOST_LATE: Final = 8  # weeks that are made up for after the service stood still
_OVERDUE: Final = "overdue"


async def publish_ended_weeks(database: Database, now: datetime) -> list[date]:
    """Publish the weeks that have ended since the last one that was published; return their Mondays."""
    published = []

    async def next_week(connection: Connection) -> date | None:
        newest = await store.fetch_newest(connection)
        week = next(_due(newest[0] if newest else None, now), None)
        if week is not None:
            await _publish(connection, week, newest[1] if newest else {}, now)
        return week

    while (week := await database.in_transaction(next_week, isolation="repeatable_read")) is not None:
        published.append(week)
    return published


def last_ended_week(now: datetime) -> date:
    """Return the Monday of the newest week that has ended in China: of 2026-11-30 00:00 +08:00 that is 2026-11-23."""
    today = now.astimezone(CHINA).date()
    return today - timedelta(days=today.weekday()) - WEEK


def _due(newest: date | None, now: datetime) -> Iterator[date]:
    last = last_ended_week(now)
    week = last if newest is None else max(newest + WEEK, last - (MOST_LATE - 1) * WEEK)
    while week <= last:
        yield week
        week += WEEK


async def _publish(connection: Connection, week: date, before: Mapping[str, int], now: datetime) -> None:
    """Count what happened between two midnights in China, and write it down in bands."""
    begins, ends = (datetime.combine(day, time.min, CHINA) for day in (week, week + WEEK))
    reported = await store.count_reports(connection, begins, ends)
    numbers = await store.count_numbers(connection, ends)
    disputed = await store.count_disputes(connection, begins, ends, week + WEEK)
    going_on = {name: numbers.get(name, 0) for name in NumberFigures.model_fields} | {
        _OVERDUE: disputed.overdue
    }
    kept = {name: held(count, before.get(name)) for name, count in going_on.items()}
    figures = WeekFigures(
        week_from=week,
        week_to=week + WEEK - timedelta(days=1),
        computed_at=now,
        reports=band_of(reported.reports),
        reporters=band_of(reported.reporters),
        partner_reports=band_of(reported.partner_reports),
        retracted=band_of(await store.count_retracted(connection, begins, ends)),
        numbers=NumberFigures(**_bands(NumberFigures, kept)),
        disputes=_disputes(disputed, kept[_OVERDUE]),
        decisions=DecisionFigures(
            **_bands(DecisionFigures, await store.count_decisions(connection, begins, ends))
        ),
        exports=[
            HandedOver(agency=one.agency, exports=band_of(one.exports), rows=band_of(one.rows))
            for one in await store.list_handed_over(connection, begins, ends)
        ],
    )
    await store.insert_week(connection, week, now, figures=figures.model_dump_json(), held=kept)


def _disputes(counted: store.Disputed, overdue: int) -> DisputeFigures:
    is_enough = counted.upheld + counted.rejected >= LEAST
    return DisputeFigures(
        opened=band_of(counted.opened),
        upheld=band_of(counted.upheld),
        rejected=band_of(counted.rejected),
        withdrawn=band_of(counted.withdrawn),
        median_days=counted.median_days if is_enough else None,
        overdue=band_of(overdue),
    )


def _bands(
    figures: type[NumberFigures] | type[DecisionFigures], counts: Mapping[str, int]
) -> dict[str, Band]:
    return {name: band_of(counts.get(name, 0)) for name in figures.model_fields}
