"""A number that has a new owner is the former one's no more: no say, no sight, and nothing held against the new one."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from service.days import CHINA
from service.edge.access import Scope
from tests.clients import NUMBER, Api, refusal, report_row
from tests.disputes.dispute_requests import decided, disputed, opened, verdict

NOW = datetime.now(UTC)
SINCE = (NOW - timedelta(days=2)).astimezone(CHINA).date().isoformat()


@pytest.fixture
async def former(api: Api) -> httpx.AsyncClient:
    """Who had the number until two days ago."""
    owner = await api.owner()
    await api.fetch("UPDATE owners SET created_at = created_at - interval '9 days'")
    return owner


async def recycled(api: Api) -> None:
    """A moderator decides about the number itself."""
    moderator = await api.partner(Scope.MODERATOR, source=None)
    body = {"decision": "recycled", "reason": "运营商证明", "owner_since": SINCE}
    answer = await moderator.post(f"/v1/moderation/numbers/{NUMBER}/decisions", json=body)
    assert answer.status_code in (200, 201), answer.text


async def test_a_former_owner_opens_no_dispute_and_the_present_one_does(
    api: Api, former: httpx.AsyncClient
) -> None:
    address = await opened(former)
    await former.delete(address)
    present = await api.owner()
    await recycled(api)
    refused = await former.post("/v1/disputes", json=disputed())
    assert refusal(refused) == (403, "ownership_ended")
    assert SINCE in refused.json()["detail"]
    assert (await former.get(address)).status_code == 200, "the own dispute of that time stays readable"
    await opened(present)


async def test_what_a_former_owner_left_open_is_ended_and_stands_in_nobodys_way(
    api: Api, former: httpx.AsyncClient
) -> None:
    await api.insert([report_row() for _ in range(8)])
    address = await opened(former)
    await api.fetch("UPDATE disputes SET opened_at = opened_at - interval '5 days'")
    assert await verdict(api) == "disputed"
    await recycled(api)
    ended = (await former.get(address)).json()
    assert (ended["state"], SINCE in ended["explanation"]) == ("rejected", True)
    assert await verdict(api) != "disputed"
    await opened(await api.owner())


async def test_what_the_present_owner_left_open_goes_on(api: Api) -> None:
    present = await api.owner()
    address = await opened(present, reason="recycled")
    await recycled(api)
    assert (await present.get(address)).json()["state"] == "open"


async def test_each_owner_sees_what_was_told_of_the_number_in_the_own_time(
    api: Api, former: httpx.AsyncClient
) -> None:
    for days in (6, 1):
        await api.fetch(
            "INSERT INTO owner_codes (number, code_id, code_hash, sent_at, expires_at)"
            " VALUES ($1, gen_random_uuid(), sha256(''), $2, $2)",
            NUMBER,
            NOW - timedelta(days=days),
        )
        await api.fetch(
            "INSERT INTO decisions (number, decided_at, kind, decision, reason, decided_by)"
            " VALUES ($1, $2, 'mobile', 'cleared', $3, 'x')",
            NUMBER,
            NOW - timedelta(days=days),
            f"{days} days ago",
        )
    present = await api.owner()
    await recycled(api)
    await api.publish()
    seen = {}
    for name, owner in (("former", former), ("present", present)):
        tables = (await owner.get("/v1/me")).json()["tables"]
        seen[name] = [row["reason"] for row in tables["decisions"]], len(tables["owner_codes"])
    assert seen == {"former": (["6 days ago"], 1), "present": (["运营商证明"], 1)}


async def test_a_dispute_is_not_upheld_with_a_first_day_after_the_owner_showed_control(api: Api) -> None:
    owner = await api.owner()
    await api.fetch("UPDATE owners SET created_at = created_at - interval '9 days'")
    address = await opened(owner, reason="recycled")
    days = [(NOW - timedelta(days=days)).astimezone(CHINA).date().isoformat() for days in (0, 9)]
    late, fits = [
        await decided(api, address, outcome="upheld", decision="recycled", owner_since=day) for day in days
    ]
    assert (late.status_code, fits.status_code) == (422, 200), late.text
    assert "异议人" in late.text
    await opened(owner)
