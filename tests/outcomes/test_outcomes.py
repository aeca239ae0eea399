"""What agencies find comes back by row id, is learned from, and never lists a number by itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.agencies.store import insert_agency
from service.decisions.decide import decide_number
from service.decisions.store import Decision
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.numbers.parse import parse_number
from service.outcomes.record import confirm_case, record_outcome
from service.outcomes.store import NewOutcome, OutcomeResult, OutcomeSource, list_outcomes
from service.standing.settle import settle_due
from service.training.store import list_decided
from tests.clients import NUMBER, Api, minutes_ago, report_row

NOW = datetime.now(UTC)
ROW, OTHERS = "r" + "a" * 32, "r" + "b" * 32


def answer(**members: object) -> dict[str, object]:
    return {"row_id": ROW, "result": "upheld", "decided_on": "2026-11-01"} | members


def outcome(**members: Any) -> NewOutcome:
    plain: dict[str, Any] = {
        "number": NUMBER, "source": OutcomeSource.AGENCY, "source_id": f"12321/{ROW}", "result": OutcomeResult.UPHELD,
        "decided_on": date(2026, 11, 1), "recorded_at": NOW, "reported_on": date(2026, 10, 1), "confirmed_at": NOW,
    }  # fmt: skip
    return NewOutcome(**(plain | members))


async def record(api: Api, **members: Any) -> bool:
    async with api.database.connection() as connection, connection.transaction():
        return await record_outcome(connection, outcome(**members))


@pytest.fixture
async def agency(api: Api) -> httpx.AsyncClient:
    """The client of an agency that was handed one row; another agency was handed another."""
    async with api.database.connection() as connection:
        own, other = [
            await insert_agency(connection, name, name, rows_per_30_days=10, now=NOW)
            for name in ("12321", "other")
        ]
        for agency_id, row_id in ((own, ROW), (other, OTHERS)):
            await connection.execute(
                "INSERT INTO hand_overs VALUES ($1, $2, $3, $4, $5, $6, $5, '\\x00')",
                NUMBER,
                agency_id,
                row_id,
                uuid4(),
                NOW - timedelta(days=9),
                uuid4(),
            )
        _, token = await create_key(
            connection, label="12321", scopes=[Scope.EXPORTS], now=NOW, agency_id=own, purpose="testing"
        )
    await api.follow()
    return await api.client(token)


async def test_an_answer_is_recorded_with_the_number_and_report_of_its_row(
    api: Api, agency: httpx.AsyncClient
) -> None:
    taken = await agency.post("/v1/outcomes", json={"outcomes": [answer(note="已处罚")]})
    assert (taken.status_code, taken.json()) == (200, {"recorded": 1, "repeated": 0})
    async with api.database.connection() as connection:
        (stored,) = await list_outcomes(connection, NUMBER)
    assert (stored.source, stored.source_id, stored.result) == (
        OutcomeSource.AGENCY,
        f"12321/{ROW}",
        OutcomeResult.UPHELD,
    )
    assert (stored.note, stored.report_id is not None) == ("已处罚", True)


async def test_the_same_answer_again_changes_nothing_and_a_later_one_is_appended(
    api: Api, agency: httpx.AsyncClient
) -> None:
    for _ in range(2):
        last = await agency.post("/v1/outcomes", json={"outcomes": [answer()]})
    assert last.json() == {"recorded": 0, "repeated": 1}
    await agency.post("/v1/outcomes", json={"outcomes": [answer(result="rejected", decided_on="2026-11-20")]})
    async with api.database.connection() as connection:
        assert [one.result for one in await list_outcomes(connection, NUMBER)] == ["upheld", "rejected"]


@pytest.mark.parametrize("row_id", [OTHERS, "r" + "c" * 32], ids=["of another agency", "of nobody"])
async def test_a_row_that_was_not_handed_to_this_agency_is_refused_and_nothing_stored(
    api: Api, agency: httpx.AsyncClient, row_id: str
) -> None:
    refused = await agency.post("/v1/outcomes", json={"outcomes": [answer(), answer(row_id=row_id)]})
    assert refused.status_code == 422
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [
        ("outcomes[1].row_id", "not_handed_over")
    ]
    assert await api.count("outcomes") == 0


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("row_id", "r12"), ("row_id", NUMBER), ("result", "guilty"), ("decided_on", "2999-01-01"),
        ("decided_on", "1999-12-31"), ("decided_on", "yesterday"), ("note", "x" * 1001), ("note", "a\0b"), ("by", "me"),
    ],
)  # fmt: skip
async def test_a_wrong_answer_is_refused_by_its_field(
    api: Api, agency: httpx.AsyncClient, member: str, value: str
) -> None:
    refused = await agency.post("/v1/outcomes", json={"outcomes": [answer(**{member: value})]})
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [f"outcomes[0].{member}"]
    assert await api.count("outcomes") == 0


async def test_a_key_of_no_agency_has_nothing_to_answer(api: Api) -> None:
    client = await api.partner(Scope.EXPORTS, source=None)
    refused = await client.post("/v1/outcomes", json={"outcomes": [answer()]})
    assert (refused.status_code, refused.json()["code"]) == (403, "key_without_agency")


@pytest.mark.parametrize("result", ["upheld", "rejected"])
async def test_an_answer_about_a_forged_caller_id_is_no_finding_against_whose_number_was_shown(
    api: Api, agency: httpx.AsyncClient, result: str
) -> None:
    """Also where the row accused the number when it was handed over before."""
    await api.insert([report_row()])
    await api.fetch(
        "INSERT INTO hand_overs SELECT number, agency_id, row_id, gen_random_uuid(), handed_at - interval '1 day',"
        " report_id, reported_at, digest, false FROM hand_overs WHERE row_id = $1",
        ROW,
    )
    taken = await agency.post("/v1/outcomes", json={"outcomes": [answer(result=result)]})
    assert taken.json() == {"recorded": 1, "repeated": 0}
    async with api.database.connection() as connection:
        (stored,) = await list_outcomes(connection, NUMBER)
        assert (stored.result, stored.confirmed_at) == (result, None)
        assert await list_decided(connection, NOW + timedelta(days=1)) == []
    await api.publish()
    reviews = await api.fetch("SELECT reasons FROM agenda WHERE task = 'review'")
    assert [row["reasons"] for row in reviews] == [["outcome_reported"]], "a person looks"
    assert await api.fetch("SELECT 1 FROM agenda WHERE task = 'settle'") == [], "nobody earns by it"


async def test_an_answer_about_a_call_without_a_number_asks_nobody(
    api: Api, agency: httpx.AsyncClient
) -> None:
    await api.fetch("UPDATE hand_overs SET number = 'withheld', accuses = false WHERE row_id = $1", ROW)
    assert (await agency.post("/v1/outcomes", json={"outcomes": [answer()]})).status_code == 200
    assert (await api.count("outcomes"), await api.count("agenda")) == (1, 0)


async def test_an_outcome_lists_no_number_but_asks_a_person_where_it_contradicts_the_verdict(
    api: Api,
) -> None:
    await api.insert([report_row()])
    await record(api)
    await api.publish()
    assert await api.fetch("SELECT 1 FROM verdicts WHERE verdict <> 'unknown'") == []
    ((task, reasons),) = await api.fetch("SELECT task, reasons FROM agenda WHERE task = 'review'")
    assert (task, reasons) == ("review", ["contradicted"])


async def test_a_rejection_against_a_confirmed_number_is_for_a_person_to_decide(api: Api) -> None:
    await api.insert([report_row() for _ in range(8)])
    await record(api, result=OutcomeResult.REJECTED)
    await api.publish()
    assert (await api.fetch("SELECT verdict FROM verdicts ORDER BY revision DESC"))[0][0] == "confirmed"
    assert (await api.fetch("SELECT reasons FROM agenda WHERE task = 'review'"))[0][0] == ["contradicted"]


async def test_an_outcome_that_agrees_asks_nobody(api: Api) -> None:
    await api.insert([report_row() for _ in range(8)])
    await record(api)
    await api.publish()
    assert await api.fetch("SELECT reasons FROM agenda WHERE task = 'review'") == []


async def test_once_a_person_decided_the_contradiction_is_settled(api: Api) -> None:
    await api.insert([report_row()])
    await record(api)
    async with api.database.connection() as connection, connection.transaction():
        await decide_number(
            connection, parse_number(NUMBER), Decision(NOW, "cleared", "a shop", "somebody", None)
        )
    await api.publish()
    assert await api.fetch("SELECT reasons FROM agenda WHERE task = 'review'") == []


async def test_of_an_earlier_owner_an_outcome_says_nothing_any_more(api: Api) -> None:
    await api.insert([report_row()])
    await record(api)
    async with api.database.connection() as connection, connection.transaction():
        recycled = Decision(NOW - timedelta(days=1), "recycled", "new owner", "somebody", date(2026, 10, 2))
        await decide_number(connection, parse_number(NUMBER), recycled)
    await api.publish()
    assert await api.fetch("SELECT reasons FROM agenda WHERE task = 'review'") == []


async def test_outcomes_are_labels_for_training_and_the_newest_of_a_number_holds(api: Api) -> None:
    await record(api, result=OutcomeResult.REJECTED, confirmed_at=NOW - timedelta(days=2))
    await record(api, result=OutcomeResult.NO_FINDING)
    await record(api, number="+8619790005678", confirmed_at=None, source=OutcomeSource.CASE)
    async with api.database.connection() as connection:
        (label,) = await list_decided(connection, NOW + timedelta(seconds=1))
    assert (label.number, label.is_abusive) == (NUMBER, False)
    await record(api, confirmed_at=NOW - timedelta(days=1))
    async with api.database.connection() as connection:
        (label,) = await list_decided(connection, NOW + timedelta(seconds=1))
    assert label.is_abusive


async def reported_by(api: Api, *, count: int = 3) -> None:
    for place in range(count):
        reporter = await api.reporter(cluster=100 + place, confirmed=6, account_days=90)
        report = {"number": NUMBER, "occurred_at": minutes_ago(30 + place).isoformat()}
        assert (await reporter.post("/v1/reports", json=report)).status_code == 201


@pytest.mark.parametrize(
    ("result", "earned"),
    [(OutcomeResult.UPHELD, (1, 0)), (OutcomeResult.REJECTED, (0, 1)), (OutcomeResult.NO_FINDING, (0, 0))],
)
async def test_reporters_earn_credit_or_blame_by_what_was_found(
    api: Api, result: OutcomeResult, earned: tuple[int, int]
) -> None:
    await reported_by(api)
    await record(api, result=result)
    await settle_due(api.database, NOW + timedelta(hours=1))
    rows = await api.fetch("SELECT confirmed - 6 AS hits, overturned FROM reporters ORDER BY cluster")
    assert tuple(rows[0]) == earned


async def test_a_filers_own_word_counts_for_nothing_until_it_is_confirmed(api: Api) -> None:
    await reported_by(api)
    claim = {"source": OutcomeSource.CASE, "source_id": "case-1", "confirmed_at": None}
    await record(api, **claim)
    assert await settle_due(api.database, NOW + timedelta(hours=1)) == 0
    async with api.database.connection() as connection, connection.transaction():
        assert await confirm_case(connection, NUMBER, "case-1", NOW) == 1
        assert await confirm_case(connection, NUMBER, "case-1", NOW) == 0
    assert await settle_due(api.database, NOW + timedelta(hours=1)) == 1
    assert await api.fetch("SELECT 1 FROM reporters WHERE confirmed = 7") != []


async def test_of_nobodys_number_an_outcome_is_kept_and_nothing_more(api: Api) -> None:
    assert await record(api, number="withheld")
    assert await api.count("changed_numbers") == await api.count("agenda") == 0
