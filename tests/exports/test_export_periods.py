"""Counts of persons cannot be taken from each other: their periods have ended, and are the same or apart."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from service.agencies.store import insert_agency
from service.database import Database
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.edge.problems import ProblemError
from service.exports.approve import ask, decide
from service.exports.schemas import ExportDecision, ExportRequest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MARCH = {"from": "2026-03-01", "to": "2026-04-01", "layout": "numbers"}
Ask = Callable[..., Awaitable[UUID]]


@pytest.fixture
async def asked(database: Database) -> Ask:
    """Asks for an export, as one of two keys of an agency or as another agency."""
    keys = {}
    async with database.connection() as connection:
        for agency, names in (("first", ("one", "two")), ("second", ("another",))):
            agency_id = await insert_agency(connection, agency, agency, rows_per_30_days=10, now=NOW)
            for name in names:
                keys[name], _ = await create_key(
                    connection,
                    label=name,
                    scopes=[Scope.EXPORTS],
                    now=NOW,
                    agency_id=agency_id,
                    purpose="testing",
                )

    async def for_export(by: str = "one", **members: object) -> UUID:
        request = ExportRequest.model_validate(MARCH | members)
        return await database.in_transaction(
            lambda connection: ask(connection, request, key_id=keys[by], now=NOW)
        )

    return for_export


async def refusal(asking: Awaitable[UUID]) -> ProblemError | None:
    try:
        await asking
    except ProblemError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("members", "is_taken"),
    [
        ({"from": "2026-03-02"}, False),
        ({"to": "2026-03-31"}, False),
        ({"from": "2026-03-31T23:59:59+08:00", "to": "2026-05-01"}, False),
        ({"from": "2026-02-01", "to": "2026-05-01", "changes_only": True}, False),
        ({"from": "2026-03-02", "verdicts": ["cleared"]}, False),
        ({"from": "2026-03-02", "by": "two"}, False),
        ({"from": "2026-03-02", "layout": "institutions"}, False),
        ({"layout": "institutions"}, True),
        ({}, True),
        ({"from": "2026-02-28T16:00:00Z"}, True),
        ({"from": "2026-04-01", "to": "2026-05-01"}, True),
        ({"from": "2026-02-01", "to": "2026-03-01"}, True),
        ({"from": "2026-03-02", "layout": "12321"}, True),
        ({"from": "2026-03-02", "legal_basis": "某法第九条，某局某年第九号函"}, True),
        ({"from": "2026-03-02", "by": "another"}, True),
    ],
)
async def test_a_period_is_the_same_or_apart(asked: Ask, members: dict[str, Any], *, is_taken: bool) -> None:
    first = await asked()
    problem = await refusal(asked(**members))
    if is_taken:
        assert problem is None
    else:
        assert problem is not None
        assert problem.problem.code == "period_overlaps"
        assert str(first) in str(problem.document("en")["detail"])


@pytest.mark.parametrize(
    ("verdicts", "is_taken"),
    [
        (["suspected"], False),
        (["suspected", "confirmed", "unknown"], False),
        (["confirmed", "unknown"], False),
        (["confirmed", "suspected"], True),
        (["unknown", "cleared"], True),
    ],
)
async def test_an_institution_is_counted_with_the_same_verdicts_or_with_none_of_them(
    asked: Ask, verdicts: list[str], *, is_taken: bool
) -> None:
    """Its numbers have every verdict: 38 persons with two of three verdicts, and 40 with all, would single out two."""
    await asked(layout="institutions", verdicts=["suspected", "confirmed"])
    problem = await refusal(asked(layout="institutions", verdicts=verdicts))
    assert (problem and problem.problem.code) == (None if is_taken else "period_overlaps")
    assert await refusal(asked(verdicts=verdicts)) is None, "a number has one verdict"


@pytest.mark.parametrize("first", [{"layout": "12321"}, {"legal_basis": "某法第九条，某局某年第九号函"}])
async def test_only_counts_without_a_legal_basis_stand_in_the_way(asked: Ask, first: dict[str, Any]) -> None:
    await asked(**first)
    assert await refusal(asked(**{"from": "2026-03-02"})) is None


async def test_of_requests_that_come_at_once_one_is_taken(asked: Ask) -> None:
    problems = await asyncio.gather(*(refusal(asked(**{"from": f"2026-03-0{day}"})) for day in range(1, 7)))
    assert [problem and problem.problem.code for problem in problems].count("period_overlaps") == 5


@pytest.mark.parametrize(("end", "is_taken"), [(timedelta(0), True), (timedelta(seconds=1), False)])
async def test_counts_are_of_periods_that_have_ended(asked: Ask, end: timedelta, *, is_taken: bool) -> None:
    wanted = {"to": (NOW + end).isoformat()}
    problem = await refusal(asked(**wanted))
    assert (problem and problem.problem.code) == (None if is_taken else "period_open")
    assert await refusal(asked(**wanted, layout="12321")) is None, "single reports name nobody"


@pytest.mark.parametrize("state", ["failed", "lapsed", "withdrawn"])
async def test_what_was_never_handed_over_stands_in_nobodys_way(given: Any, asked: Ask, state: str) -> None:
    await asked()
    await given.execute("UPDATE exports SET state = $1", state)
    assert await refusal(asked(**{"from": "2026-03-02"})) is None


async def test_a_mistaken_request_that_is_refused_frees_its_period(database: Database, asked: Ask) -> None:
    export_id = await asked()
    decision = ExportDecision(decision="refused", reason="too long a period")
    await database.in_transaction(
        lambda connection: decide(connection, export_id, decision, by="operator:somebody", now=NOW)
    )
    assert await refusal(asked(**{"from": "2026-03-02"})) is None
