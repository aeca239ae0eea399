"""An organisation is verified once for its lines: look-ups say whose they are, it may dispute, and nothing is protected."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from service.ledger.store import list_entries
from service.organisations.ranges import parse_range
from service.organisations.store import Verification
from service.organisations.verify import OrganisationError, end_organisation, verify_organisation
from tests.clients import Api, report_row
from tests.disputes.dispute_requests import disputed

NOW = datetime.now(UTC)
LINES = [f"+86197900012{place:02}" for place in range(6)]
TOLD = {"name": "某某银行", "complaints": "95500 转 9"}


async def verified(api: Api, *ranges: str, **members: Any) -> str:
    """The token of an organisation with these ranges."""
    plain: dict[str, Any] = (
        TOLD | {"reason": "licence seen", "verified_by": "operator:x", "verified_at": NOW} | members
    )
    async with api.database.connection() as connection, connection.transaction():
        found = [parse_range(one) for one in ranges or ("19790001200~19790001299",)]
        return await verify_organisation(connection, api.keys, Verification(**plain), found)


async def ended(api: Api) -> None:
    async with api.database.connection() as connection, connection.transaction():
        await end_organisation(connection, "某某银行", "given up", by="operator:x", now=NOW)


async def answer(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/numbers/{number}")).json()
    return found


async def test_a_look_up_says_whose_line_it_is_in_every_form_and_protects_nothing(api: Api) -> None:
    await api.insert([report_row(number=LINES[0]) for _ in range(8)])
    await api.publish()
    client = await api.partner()
    before = await answer(client, LINES[0])
    assert (before["verdict"], before["organisation"]) == ("confirmed", None)
    await verified(api)
    await api.publish()
    known, unknown, outside = [await answer(client, one) for one in (LINES[0], LINES[1], "19790001300")]
    assert known | {"organisation": None, "age_seconds": 0} == before | {"age_seconds": 0}, "judged as before"
    assert (known["organisation"], unknown["organisation"], outside["organisation"]) == (TOLD, TOLD, None)
    assert (unknown["verdict"], unknown["reports_at_least"]) == ("unknown", 0)
    bulk = (await client.post("/v1/numbers:lookup", json={"numbers": [LINES[1], "19790001300"]})).json()[
        "answers"
    ]
    assert [one["organisation"] for one in bulk] == [TOLD, None]
    await ended(api)
    await api.follow()
    assert (await answer(client, LINES[0]))["organisation"] is None


async def test_a_look_up_asks_whose_line_it_is_only_where_an_organisation_was_verified(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.publish()
    client = await api.partner()
    asked: list[bytes] = []
    whose = api.state["lookup"].whose

    def asked_whose(found: bytes) -> bytes:
        asked.append(found)
        told: bytes = whose(found)
        return told

    monkeypatch.setattr(api.state["lookup"], "whose", asked_whose)
    assert (await answer(client, LINES[0]))["organisation"] is None
    assert asked == []
    await verified(api)
    await api.follow()
    assert (await answer(client, LINES[0]))["organisation"] == TOLD
    assert len(asked) == 1


async def test_verifying_and_ending_are_entries_of_the_ledger_without_numbers(api: Api) -> None:
    await verified(api)
    await ended(api)
    async with api.database.connection() as connection:
        entries = [one.entry for one in await list_entries(connection, 0, at_most=9)]
    assert ["verified" in entries[0], "unverified" in entries[1]] == [True, True]
    assert all("某某银行" in one and "1979" not in one for one in entries)


@pytest.mark.parametrize(
    "ranges", [("19790001250",), ("19790001100~19790001200",), ("19790001000~19790001999",)]
)
async def test_no_two_organisations_have_a_number_in_common(api: Api, ranges: tuple[str, ...]) -> None:
    await verified(api)
    with pytest.raises(OrganisationError, match="某某银行"):
        await verified(api, *ranges, name="另一机构")
    with pytest.raises(OrganisationError, match="verified already"):
        await verified(api, "95588")


@pytest.mark.parametrize("ranges", [("95588", "95588"), tuple(f"197900{place:05}" for place in range(101))])
async def test_ranges_are_few_and_apart(api: Api, ranges: tuple[str, ...]) -> None:
    with pytest.raises(OrganisationError):
        await verified(api, *ranges)


async def test_an_organisation_disputes_for_its_listed_lines_in_steps(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.disputes.range_router.AT_ONCE", 2)
    await api.insert(
        [report_row(number=number) for number in (*LINES[:3], "+8619790001300") for _ in range(8)]
    )
    await api.publish()
    client = await api.client(await verified(api))
    first = (await client.post("/v1/disputes:range", json=disputed())).json()
    assert ([one["number"] for one in first["opened"]], first["next"]) == (LINES[:2], LINES[1])
    rest = (await client.post("/v1/disputes:range", json=disputed(after=first["next"]))).json()
    assert ([one["number"] for one in rest["opened"]], rest["next"]) == (LINES[2:3], None)
    own = (await client.get("/v1/disputes")).json()["disputes"]
    assert sorted(one["number"] for one in own) == LINES[:3]
    await api.publish()
    partner = await api.partner()
    assert [(await answer(partner, one))["verdict"] for one in (LINES[0], "19790001300")] == [
        "disputed",
        "confirmed",
    ]
    assert (await client.delete(f"/v1/disputes/{own[0]['dispute_id']}")).status_code == 204


async def test_lines_that_may_not_be_disputed_again_are_named_and_the_others_go_on(api: Api) -> None:
    await api.insert([report_row(number=number) for number in LINES[:2] for _ in range(8)])
    await api.publish()
    client = await api.client(await verified(api))
    await client.post("/v1/disputes:range", json=disputed())
    await api.fetch(
        "UPDATE disputes SET state = 'rejected', closed_at = now(), explanation = 'x' WHERE number = $1",
        LINES[0],
    )
    again = (await client.post("/v1/disputes:range", json=disputed())).json()
    assert (again["opened"], again["refused"]) == ([], [{"number": LINES[0], "code": "dispute_not_new"}])


async def test_who_is_no_organisation_disputes_no_range(api: Api) -> None:
    refused = await (await api.owner()).post("/v1/disputes:range", json=disputed())
    assert (refused.status_code, refused.json()["code"]) == (403, "not_an_organisation")
    token = await verified(api)
    await ended(api)
    assert (await (await api.client(token)).post("/v1/disputes:range", json=disputed())).status_code == 401


async def test_an_organisation_that_deletes_its_data_has_no_token_and_keeps_its_lines(api: Api) -> None:
    await api.insert([report_row(number=LINES[0]) for _ in range(8)])
    await api.publish()
    client = await api.client(await verified(api))
    await client.post("/v1/disputes:range", json=disputed())
    assert (await client.delete("/v1/me")).status_code == 204
    assert (await client.get("/v1/disputes")).status_code == 401
    assert (await client.post("/v1/disputes:range", json=disputed())).status_code == 401
    await api.follow()
    assert (await answer(await api.partner(), LINES[0]))["organisation"] == TOLD
