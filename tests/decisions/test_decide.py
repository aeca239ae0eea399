"""What a person decides stands above reports and model, and is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.decisions.decide import DecisionError, decide_number, read_opinions, weigh_contested
from service.decisions.store import Decision, list_decisions, list_opinions, list_reviews
from service.ids import new_id
from service.numbers.parse import parse_number
from tests.clients import NUMBER, Api, report_row

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


async def decided(
    api: Api, decision: str, *, now: datetime = NOW, since: date | None = None, number: str = NUMBER
) -> None:
    async with api.database.connection() as connection, connection.transaction():
        await decide_number(
            connection, parse_number(number), Decision(now, decision, "checked", "moderator", since)
        )


async def answer(api: Api, number: str = NUMBER) -> dict[str, object]:
    client = await api.partner()
    found: dict[str, object] = (await client.get(f"/v1/numbers/{number}")).json()
    return found


async def reported(
    api: Api,
    times: int = 8,
    *,
    moment: datetime = NOW - timedelta(days=2),
    number: str = NUMBER,
    kind: str = "mobile",
) -> None:
    await api.insert(
        [report_row(number, kind=kind, occurred_at=moment - timedelta(minutes=n)) for n in range(times)]
    )


async def test_a_cleared_number_stays_cleared_whatever_is_reported_and_is_shown_to_a_person_again(
    api: Api,
) -> None:
    await reported(api)
    await api.publish(NOW)
    assert (await answer(api))["verdict"] == "confirmed"
    await decided(api, "cleared")
    await api.publish(NOW)
    assert (await answer(api))["verdict"] == "cleared"
    async with api.database.connection() as connection:
        assert await list_reviews(connection, at_most=10) == []
    await reported(api, moment=NOW + timedelta(days=3))
    await api.publish(NOW + timedelta(days=3))
    assert (await answer(api))["verdict"] == "cleared"
    async with api.database.connection() as connection:
        (review,) = await list_reviews(connection, at_most=10)
    assert (review.number, review.reasons, review.verdict) == (NUMBER, ["reported_again"], "cleared")


async def test_a_released_number_is_judged_by_its_reports_again(api: Api) -> None:
    await reported(api)
    await decided(api, "cleared")
    await api.publish(NOW)
    await decided(api, "released", now=NOW + timedelta(minutes=1))
    await api.publish(NOW + timedelta(minutes=2))
    assert (await answer(api))["verdict"] == "confirmed"


async def test_a_number_found_abusive_is_confirmed_with_fewer_reports_and_fades_like_others(api: Api) -> None:
    await api.insert([report_row(is_seasoned=False, weight=0.8, occurred_at=NOW) for _ in range(4)])
    await api.publish(NOW)
    assert (await answer(api))["verdict"] == "unknown"
    await decided(api, "abusive")
    await api.publish(NOW)
    assert (await answer(api))["verdict"] == "confirmed"
    await api.fetch("INSERT INTO changed_numbers VALUES ($1, false)", NUMBER)
    await api.publish(NOW + timedelta(days=900))
    assert (await answer(api))["verdict"] == "unknown"


async def test_a_protected_line_says_so_though_nobody_reported_it(api: Api) -> None:
    await decided(api, "protected", number="95588")
    await api.publish(NOW)
    found = await answer(api, "95588")
    assert (found["verdict"], found["reports_at_least"], found["kind"]) == ("protected", 0, "service_95")


async def test_a_protected_line_is_never_listed_by_reports(api: Api) -> None:
    await decided(api, "protected")
    await reported(api, 30)
    await api.publish(NOW)
    assert (await answer(api))["verdict"] == "protected"


async def test_a_new_owner_starts_without_a_past(api: Api) -> None:
    await reported(api)
    await api.publish(NOW)
    await decided(api, "recycled", since=date(2026, 11, 19))
    await api.publish(NOW + timedelta(minutes=1))
    found = await answer(api)
    assert (found["verdict"], found["reports_at_least"], found["first_reported_on"]) == ("unknown", 0, None)
    assert await api.count("reports") == 8, "the past stays in the audit"
    await reported(api, moment=NOW)
    await api.publish(NOW + timedelta(hours=1))
    found = await answer(api)
    assert (found["verdict"], found["reports_at_least"]) == ("confirmed", 5)
    assert found["first_reported_on"] == "2026-11-20"


async def test_decisions_are_appended_and_none_is_lost(api: Api) -> None:
    for minute, decision in enumerate(["abusive", "cleared", "protected", "released"]):
        await decided(api, decision, now=NOW + timedelta(minutes=minute))
    async with api.database.connection() as connection:
        kept = await list_decisions(connection, NUMBER)
    assert [one.decision for one in kept] == ["abusive", "cleared", "protected", "released"]
    assert {(one.reason, one.decided_by) for one in kept} == {("checked", "moderator")}


@pytest.mark.parametrize(
    ("number", "decision", "since", "words"),
    [
        ("110", "cleared", None, "have no verdict"),
        (NUMBER, "recycled", None, "first day"),
        (NUMBER, "recycled", date(2026, 11, 21), "future"),
        (NUMBER, "cleared", date(2026, 11, 1), "first day"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused_and_changes_nothing(
    api: Api, number: str, decision: str, since: date | None, words: str
) -> None:
    with pytest.raises(DecisionError, match=words):
        await decided(api, decision, number=number, since=since)
    assert (
        await api.count("decisions") == await api.count("changed_numbers") == await api.count("agenda") == 0
    )


async def test_contested_numbers_are_weighed_by_who_says_which_of_what_else(api: Api) -> None:
    people = [b"person%10d" % n for n in range(12)]
    rows = []
    for n in range(30):
        truth = n % 2 == 0
        for place, person in enumerate(people):
            agrees = (place < 9) == truth
            rows.append(
                report_row(
                    f"+861979000{n:04}",
                    reporter=person,
                    cluster=place,
                    opinion="abusive" if agrees else "legitimate",
                    violations=(),
                    occurred_at=NOW - timedelta(days=1),
                )
            )
    await api.insert(rows)
    contested = ["+8619790000000", "+8619790000001"]
    async with api.database.connection() as connection:
        opinions = await read_opinions(connection, contested, datetime.now(UTC))
        assert await read_opinions(connection, ["+8619790009999"], datetime.now(UTC)) == []
    assert weigh_contested([], ["+8619790009999"]) == {}
    weighed = weigh_contested(opinions, contested)
    assert weighed["+8619790000000"] > 0.9
    assert weighed["+8619790000001"] < 0.1


async def test_no_more_opinions_are_read_than_can_be_weighed_and_those_asked_about_come_first(
    api: Api,
) -> None:
    people = [b"person%10d" % n for n in range(4)]
    minutes = {number: place for place, number in enumerate((NUMBER, "+8619790002222", "+8619790003333"))}
    rows = [
        report_row(
            number, reporter=person, report_id=new_id(NOW + timedelta(minutes=minute)), occurred_at=NOW
        )
        for number, minute in minutes.items()
        for person in people
    ]
    await api.insert(rows)
    async with api.database.connection() as connection:
        read = await list_opinions(connection, [NUMBER], NOW - timedelta(days=1), at_most=8)
        few = await list_opinions(connection, [NUMBER], NOW - timedelta(days=1), at_most=3)
    assert [one.number for one in read] == [NUMBER] * 4 + ["+8619790003333"] * 4
    assert {one.number for one in few} == {NUMBER}
    assert len(few) == 3
