"""From reports to a campaign that look-ups carry, and out of it again."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from service.campaigns import search as module
from service.campaigns.search import FoundCampaigns, search_campaigns
from service.campaigns.store import claim_search
from service.database import Connection
from service.reports.intake import retract
from service.reports.store import NewReport, fetch_report
from service.upkeep import Upkeep
from tests.clients import Api, HeldModels, minutes_ago, report_row

GANG = [f"+8619790001{place:03d}" for place in (7, 120, 560, 905)]
ALONE = "+8619795550123"
MESSAGE = "【虚构信贷】{}先生，您的借款已逾期{}天，请于今日{}点前处理，否则我们将通知您的通讯录联系人"


def reports(number: str, *, times: int = 12, **columns: Any) -> list[NewReport]:
    """Reports enough for every gate, that claim an institution."""
    return [report_row(number, claimed_institution="虚构信贷", **columns) for _ in range(times)]


async def search(api: Api) -> FoundCampaigns | None:
    return await search_campaigns(api.database, now=datetime.now(UTC), random_bytes=secrets.token_bytes)


async def campaign_of(api: Api, *numbers: str) -> list[str | None]:
    """What look-ups say, one by one and in bulk, which is the same."""
    await api.publish()
    partner = await api.partner()
    bulk = (await partner.post("/v1/numbers:lookup", json={"numbers": numbers})).json()["answers"]
    single = [(await partner.get(f"/v1/numbers/{number}")).json() for number in numbers]
    told = [answer["campaign_id"] for answer in single]
    assert told == [answer["campaign_id"] for answer in bulk]
    return told


@pytest.fixture
async def known(api: Api) -> Api:
    """A service that lists a gang of a block, and a number that only claims the same."""
    await api.insert([report for number in (*GANG, ALONE) for report in reports(number)])
    await api.publish()
    return api


async def test_listed_numbers_of_one_hand_are_looked_up_with_one_id(known: Api) -> None:
    assert await search(known) == FoundCampaigns(listed=5, campaigns=1, numbers=4, changed=4)
    *gang, alone = await campaign_of(known, *GANG, ALONE)
    assert len(set(gang)) == 1
    assert gang[0] is not None
    assert gang[0].startswith("c-")
    assert alone is None


async def test_nothing_is_written_and_published_where_nothing_changed(known: Api) -> None:
    await search(known)
    before = await campaign_of(known, *GANG)
    revisions = await known.count("verdicts")
    assert (await search(known) or FoundCampaigns(0, 0, 0, 1)).changed == 0
    assert await known.count("changed_numbers") == 0
    assert await campaign_of(known, *GANG) == before
    assert await known.count("verdicts") == revisions


async def test_a_campaign_that_grows_keeps_its_id(known: Api) -> None:
    await search(known)
    before = await campaign_of(known, GANG[0])
    await known.insert(reports("+8619790001777"))
    await known.publish()
    await search(known)
    assert await campaign_of(known, "+8619790001777") == before


async def test_messages_of_one_script_tie_numbers_of_different_blocks(api: Api) -> None:
    numbers = [f"+861979{place}001234" for place in (1, 3, 5, 7)]
    for place, number in enumerate(numbers):
        await api.insert(
            reports(number, medium="sms", narrative=MESSAGE.format("王李张陈"[place], place + 3, place + 9))
        )
    await api.publish()
    await search(api)
    told = await campaign_of(api, *numbers)
    assert None not in told
    assert len(set(told)) == 1


async def test_an_unlisted_number_belongs_to_no_campaign_however_alike_it_is(known: Api) -> None:
    """Two reports are too few to list it: to be like numbers that are listed accuses nobody."""
    await known.insert(reports("+8619790001555", times=2))
    await known.publish()
    await search(known)
    assert await campaign_of(known, "+8619790001555") == [None]
    assert await known.count("campaigns") == 4


async def retract_all(api: Api, rows: list[NewReport]) -> None:
    for row in rows:

        async def work(connection: Connection, row: NewReport = row) -> None:
            own = await fetch_report(connection, row.reporter, row.report_id)
            assert own is not None
            await retract(connection, own, row.reporter, datetime.now(UTC))

        await api.database.in_transaction(work, isolation="repeatable_read")


async def test_a_number_whose_reports_are_taken_back_loses_it_at_once(known: Api) -> None:
    rows = reports("+8619790001555")
    await known.insert(rows)
    await known.publish()
    await search(known)
    assert await campaign_of(known, "+8619790001555") == await campaign_of(known, GANG[0])
    await retract_all(known, rows)
    assert await campaign_of(known, "+8619790001555") == [None]
    found = await search(known)
    assert (found or FoundCampaigns(0, 0, 0, 0)).numbers == 4
    assert await known.count("campaigns") == 4


async def test_a_number_that_people_cleared_loses_it(known: Api) -> None:
    await search(known)
    campaign, _ = await campaign_of(known, GANG[0], GANG[1])
    await known.fetch("UPDATE verdicts SET verdict = 'cleared' WHERE number = $1", GANG[0])
    await known.insert(reports(GANG[0], times=1))
    assert await campaign_of(known, GANG[0], GANG[1]) == [None, campaign]
    await search(known)
    assert await known.fetch("SELECT FROM campaigns WHERE number = $1", GANG[0]) == []


async def test_a_campaign_of_which_too_few_are_left_is_no_more(known: Api) -> None:
    await search(known)
    await known.fetch("UPDATE verdicts SET verdict = 'cleared' WHERE number = ANY ($1)", GANG[:2])
    found = await search(known)
    assert found == FoundCampaigns(listed=3, campaigns=0, numbers=0, changed=4)
    assert await campaign_of(known, *GANG) == [None] * 4


async def test_old_and_friendly_reports_and_those_taken_back_tell_nothing(api: Api) -> None:
    for number in GANG:
        await api.insert([report_row(number) for _ in range(12)])
        old = minutes_ago(91 * 24 * 60)
        await api.insert(reports(number, times=4, occurred_at=old, recorded_at=old))
        await api.insert(reports(number, times=1, opinion="legitimate", violations=()))
        rows = reports(number, times=3)
        await api.insert(rows)
        await retract_all(api, rows)
    await api.publish()
    assert await search(api) == FoundCampaigns(listed=4, campaigns=0, numbers=0, changed=0)


async def test_two_never_search_at_once(known: Api) -> None:
    found = await asyncio.gather(*(search(known) for _ in range(3)))
    assert sum(one is not None for one in found) >= 1
    ids = await known.fetch("SELECT DISTINCT campaign_id FROM campaigns")
    assert len(ids) == 1
    async with known.database.connection() as connection, connection.transaction():
        assert await claim_search(connection)
        assert await search(known) is None


async def test_many_changes_are_written_in_parts(known: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS_PER_WRITE", 3)
    found = await search(known)
    assert (found or FoundCampaigns(0, 0, 0, 0)).changed == 4
    assert await known.count("changed_numbers") == 4


async def test_upkeep_searches_and_the_scorer_tells(known: Api) -> None:
    await Upkeep(
        known.database,
        known.metrics,
        settings=known.settings,
        models=HeldModels(None),
        vault=known.state["vault"],
    ).do_all(datetime.now(UTC))
    await known.publish()
    rows = await known.fetch("SELECT FROM verdicts WHERE campaign_id IS NOT NULL")
    assert len(rows) == len(GANG)


async def test_nothing_that_tells_of_reporters_or_reports_is_in_an_id(known: Api) -> None:
    await search(known)
    first = await known.fetch("SELECT campaign_id FROM campaigns LIMIT 1")
    await known.fetch("DELETE FROM campaigns")
    await search(known)
    second = await known.fetch("SELECT campaign_id FROM campaigns LIMIT 1")
    assert first != second
