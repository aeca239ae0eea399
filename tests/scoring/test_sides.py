"""Those who accuse a number and those who call it legitimate are counted apart."""

from datetime import UTC, datetime, timedelta

import pytest

from service.reports.store import NewReport
from tests.clients import NUMBER, Api, minutes_ago, report_row
from tests.scoring.scored import badly_reported
from tests.verdicts.published import current

NOW = datetime.now(UTC)


def defending(count: int, *, days_ago: int = 0, is_seasoned: bool = False) -> list[NewReport]:
    """Reports by people who call the number legitimate."""
    return [
        report_row(
            opinion="legitimate",
            violations=(),
            weight=0.8,
            is_seasoned=is_seasoned,
            occurred_at=minutes_ago(60) - timedelta(days=days_ago),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize(("defenders", "band"), [(1, 0), (2, 0), (3, 3), (60, 50)])
async def test_who_defends_a_number_adds_nothing_to_those_who_accuse_it(
    api: Api, defenders: int, band: int
) -> None:
    accusing = badly_reported()[:5]
    await api.insert(accusing)
    await api.publish()
    before = await current(api.database)
    assert before is not None
    await api.insert(defending(defenders, days_ago=30))
    await api.publish()
    after = await current(api.database)
    assert after is not None
    assert (before.verdict, after.verdict) == ("confirmed", "confirmed")
    assert (after.reports_at_least, after.reporters_at_least) == (5, 5)
    assert (after.first_reported_on, after.last_reported_on) == (
        before.first_reported_on,
        before.last_reported_on,
    )
    assert (before.opposed_by_at_least, after.opposed_by_at_least) == (0, band)
    client = await api.partner()
    answer = (await client.get(f"/v1/numbers/{NUMBER}")).json()
    assert (answer["reporters_at_least"], answer["opposed_by_at_least"]) == (5, band)


async def test_invented_defenders_do_not_show_the_vote_of_an_owner(api: Api) -> None:
    await api.insert(badly_reported())
    client = await api.partner(source="partner")
    source = await api.fetch("SELECT source_id FROM sources WHERE name = 'partner'")
    await api.insert([row._replace(source_id=source[0]["source_id"]) for row in defending(30)])
    seen = []
    for owners in (0, 1, 1, 1):
        if owners:
            await api.insert(defending(owners))
        await api.publish()
        seen.append((await client.get(f"/v1/numbers/{NUMBER}")).json()["opposed_by_at_least"])
    assert seen == [0, 0, 0, 3]


async def test_one_who_defends_a_number_does_not_bring_two_who_accuse_it_over_the_threshold(api: Api) -> None:
    await api.insert(badly_reported()[:2])
    await api.insert(defending(60))
    await api.publish()
    verdict = await current(api.database)
    assert verdict is None or (verdict.verdict, verdict.reporters_at_least) == ("unknown", 0)


async def test_a_number_that_is_only_defended_has_neither_counts_nor_days(api: Api) -> None:
    await api.insert(defending(12))
    await api.publish()
    assert await current(api.database) is None
