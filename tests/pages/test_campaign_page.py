"""A campaign as a page: how many at least, since when, similarity and no evidence; never a number."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from service.campaigns.store import put_campaigns
from service.pages.visit import PUBLIC
from tests.clients import Api
from tests.pages.conftest import Person

People = Callable[..., Awaitable[Person]]
NAME = "c-k3v7q2m5xa"


async def gather(api: Api, numbers: int) -> None:
    """Give so many numbers the campaign."""
    named = {f"+8619790005{place:03}": NAME for place in range(numbers)}
    async with api.database.connection() as connection:
        await put_campaigns(connection, named, datetime(2026, 3, 10, 20, 0, tzinfo=UTC))


@pytest.mark.parametrize(("numbers", "told"), [(3, 3), (4, 3), (9, 5), (23, 20)])
async def test_a_campaign_says_how_many_at_least_and_names_no_number(
    api: Api, person: People, numbers: int, told: int
) -> None:
    await gather(api, numbers)
    somebody = await person()
    answer = await somebody.client.get(f"/about/campaigns/{NAME}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == PUBLIC
    assert "相似，不是证据" in answer.text
    assert f"至少 {told} 个已列入的号码" in answer.text
    assert "2026年3月11日" in answer.text
    assert "1979000" not in answer.text
    assert "Similarity proves nothing" in await somebody.get(f"/en/about/campaigns/{NAME}")


@pytest.mark.parametrize(
    "wrong", ["c-aaaaaaaaaa", "c-", "x", "C-K3V7Q2M5XA", "c-k3v7q2m5xa0", "%00", "c-k3v7q2m5x%0a"]
)
async def test_a_campaign_that_is_none_is_not_there(api: Api, person: People, wrong: str) -> None:
    await gather(api, 3)
    await (await person()).get(f"/about/campaigns/{wrong}", 404)
