"""What a filer says an authority decided has a person look; only that person's decision counts."""

from datetime import UTC, datetime

import pytest

from service.database import Connection
from service.decisions.decide import decide_number
from service.decisions.store import Decision, list_reviews
from service.numbers.parse import parse_number
from service.outcomes.record import confirm_case
from service.standing.settle import settle_due
from service.training.store import list_decided
from tests.cases.case_requests import happen, new_case, report
from tests.clients import NUMBER, Api, report_row


async def reviews(api: Api) -> dict[str, list[str]]:
    async with api.database.connection() as connection:
        return {row.number: row.reasons for row in await list_reviews(connection, at_most=10)}


@pytest.mark.parametrize("outcome", ["upheld", "rejected"])
async def test_an_outcome_puts_the_numbers_of_the_case_in_the_queue(api: Api, outcome: str) -> None:
    reporter = await api.reporter()
    ids = [
        await report(reporter, number=number) for number in ("19790001234", "19790005678", "未知号码", "110")
    ]
    case_id = (await new_case(reporter, *ids))["case_id"]
    await happen(reporter, case_id, "police", "filed")
    assert await reviews(api) == {}
    await happen(reporter, case_id, "police", outcome)
    assert await reviews(api) == {
        "+8619790001234": ["outcome_reported"],
        "+8619790005678": ["outcome_reported"],
    }
    assert await api.count("decisions") == 0, "nothing is decided by it"


async def test_scoring_the_number_again_does_not_take_it_out_of_the_queue(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for event in ("filed", "upheld"):
        await happen(reporter, case_id, "police", event)
    await api.insert([report_row(occurred_at=datetime.now(UTC)) for _ in range(3)])
    await api.publish()
    assert await reviews(api) == {NUMBER: ["outcome_reported"]}


async def test_a_review_for_other_reasons_keeps_them_and_the_time_since_when_it_waits(api: Api) -> None:
    await api.fetch("INSERT INTO agenda VALUES ($1, 'review', '2026-01-01', '{burst}')", NUMBER)
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for event in ("filed", "upheld", "rejected"):
        await happen(reporter, case_id, "police", event)
    assert await reviews(api) == {NUMBER: ["burst", "outcome_reported"]}
    ((due_at,),) = await api.fetch("SELECT due_at FROM agenda WHERE task = 'review'")
    assert due_at.year == 2026
    assert due_at.month == 1


async def test_a_persons_decision_ends_the_review_labels_the_number_and_gives_credit(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for event in ("filed", "upheld"):
        await happen(reporter, case_id, "police", event)
    await api.publish()
    decided_at = datetime.now(UTC)

    async def work(connection: Connection) -> None:
        decision = Decision(decided_at, "abusive", "受案回执已核对", "moderator", None)
        await decide_number(connection, parse_number(NUMBER), decision)

    await api.database.in_transaction(work)
    assert await reviews(api) == {}
    await settle_due(api.database, decided_at)
    ((confirmed,),) = await api.fetch("SELECT confirmed FROM credits WHERE number = $1", NUMBER)
    assert confirmed == 1


async def test_a_confirmed_claim_labels_the_number_and_gives_credit_without_a_decision(api: Api) -> None:
    reporter = await api.reporter()
    case_id = (await new_case(reporter))["case_id"]
    for event in ("filed", "upheld"):
        await happen(reporter, case_id, "police", event)
    now = datetime.now(UTC)
    async with api.database.connection() as connection:
        assert await list_decided(connection, now) == [], "a claim is no label"

    async def work(connection: Connection) -> int:
        return await confirm_case(connection, NUMBER, f"{case_id}/police", now)

    assert await api.database.in_transaction(work) == 1
    await settle_due(api.database, now)
    ((confirmed,),) = await api.fetch("SELECT confirmed FROM credits WHERE number = $1", NUMBER)
    assert confirmed == 1
    async with api.database.connection() as connection:
        (label,) = await list_decided(connection, datetime.now(UTC))
    assert (label.number, label.is_abusive) == (NUMBER, True)


async def test_one_reporter_cannot_fill_the_queue(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cases.claims.MOST_NUMBERS", 3)
    monkeypatch.setattr("service.cases.claims.MOST_OUTCOMES", 1)
    reporter = await api.reporter()
    for start in (0, 5):
        ids = [await report(reporter, number=f"1979000123{start + n}") for n in range(4)]
        case_id = (await new_case(reporter, *ids))["case_id"]
        for event in ("filed", "upheld", "rejected"):
            assert (await happen(reporter, case_id, "police", event)).status_code == 201
    assert len(await reviews(api)) == 3
