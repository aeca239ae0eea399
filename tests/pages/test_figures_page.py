"""Public figures as a page: bands in tables and pictures, never a count, and nothing before a week has ended."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

from service.figures.bands import Band, band_of
from service.figures.schemas import (
    DecisionFigures,
    DisputeFigures,
    HandedOver,
    NumberFigures,
    WeekFigures,
)
from service.pages.figures import SERIES, WEEKS_DRAWN
from service.pages.visit import PUBLIC
from tests.clients import Api
from tests.pages.conftest import Person
from tests.pages.test_charts import drawn_whole

People = Callable[..., Awaitable[Person]]
FIRST = date(2026, 3, 2)


def bands(count: int, names: str) -> dict[str, Band]:
    """The same band under each name."""
    return {name: band_of(count) for name in names.split()}


def week(place: int, count: int) -> WeekFigures:
    """The figures of a week in which there was as much of everything."""
    begins = FIRST + timedelta(weeks=place)
    return WeekFigures(
        week_from=begins,
        week_to=begins + timedelta(days=6),
        computed_at=datetime(2026, 3, 9, 4, 0, tzinfo=UTC),
        **bands(count, "reports reporters partner_reports retracted"),
        numbers=NumberFigures(**bands(count, "suspected confirmed disputed cleared protected")),
        disputes=DisputeFigures(**bands(count, "opened upheld rejected withdrawn overdue"), median_days=None),
        decisions=DecisionFigures(**bands(count, "abusive cleared protected released recycled")),
        exports=[HandedOver(agency="某<b>机关", **bands(count, "exports rows"))],
    )


async def publish(api: Api, weeks: list[WeekFigures]) -> None:
    """Store figures as upkeep does."""
    async with api.database.connection() as connection:
        for one in weeks:
            await connection.execute(
                "INSERT INTO public_figures (week_from, computed_at, figures, held) VALUES ($1, $2, $3, '{}')",
                one.week_from, one.computed_at, one.model_dump_json(),
            )  # fmt: skip


async def test_before_a_week_has_ended_nothing_is_shown_but_the_limits(person: People) -> None:
    page = await (await person()).get("/en/about/figures")
    assert "Nothing is published yet" in page
    assert "We claim no accuracy" in page
    assert "<img" not in page


async def test_weeks_are_drawn_and_told_in_bands(api: Api, person: People) -> None:
    await publish(api, [week(place, count) for place, count in enumerate((3, 7, 60, 23))])
    somebody = await person()
    answer = await somebody.client.get("/about/figures")
    assert answer.headers["cache-control"] == PUBLIC
    page = answer.text
    pictures = re.findall(r"<img[^>]+>", page)
    assert len(pictures) == sum(one.is_drawn for one in SERIES) > 3
    for picture in map(drawn_whole, pictures):
        assert [one["height"] for one in picture.of("rect")] == ["12", "120", "48"]
        assert len(picture.of("circle")) == 1
    newest = page.partition('id="newest"')[2].partition("</section>")[0]
    assert newest.count("20 至 49") == len(SERIES) + 2
    for series in SERIES:
        assert series.name.zh in newest
    assert "某&lt;b&gt;机关" in newest
    for told in ("少于 5", "5 至 9", "50 至 99", "2026年3月23日 – 2026年3月29日"):
        assert told in page
    assert "不足 60" not in page
    assert not re.search(r">(3|7|60|23)<", page)
    english = await somebody.get("/en/about/figures")
    assert "20 to 49" in english
    assert not re.search(
        "[一-鿿]", english.partition("<h1>")[2].partition("</main>")[0].replace("某&lt;b&gt;机关", "")
    )


async def test_half_a_year_is_drawn_and_the_page_stays_small(api: Api, person: People) -> None:
    await publish(api, [week(place, 10 * place) for place in range(60)])
    answer = await (await person()).client.get("/about/figures")
    for picture in map(drawn_whole, re.findall(r"<img[^>]+>", answer.text)):
        assert len(picture.of("rect")) + len(picture.of("circle")) == WEEKS_DRAWN
    assert len(answer.content) < 80_000
    assert (
        (await (await person()).client.get("/v1/figures.csv")).headers["content-type"].startswith("text/csv")
    )
