"""What is older than the retention settings goes, is noted, and leaves every sum what stays amounts to."""

from datetime import UTC, datetime, timedelta

import pytest

from service.edge.access import Scope
from service.rights import purge as purging
from service.rights.purge import RULES, count, purge
from tests.clients import NUMBER, Api, report_body, report_row
from tests.disputes.dispute_requests import PNG

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=1200)


async def removed(api: Api) -> dict[str, int]:
    """What a purge removed, by rule, without what it had nothing to do for."""
    return {one.rule: one.rows for one in await purge(api.database, api.settings, NOW) if one.rows}


async def sums(api: Api) -> tuple[int, int]:
    ((reports, reporters),) = await api.fetch(
        "SELECT coalesce(sum(reports), 0), coalesce(sum(reporters), 0) FROM daily_signals"
    )
    return reports, reporters


async def test_an_empty_database_stays_as_it_is(api: Api) -> None:
    assert await removed(api) == {}
    assert await api.count("purges") == 0


async def test_old_reports_go_with_their_supplements_and_the_rest_is_summed_up_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    person = b"person of long ago"
    old = [
        report_row(reporter=person, cluster=7, occurred_at=OLD, recorded_at=OLD),
        report_row(occurred_at=OLD, recorded_at=OLD),
        report_row("+8619790004321", occurred_at=OLD, recorded_at=OLD),
    ]
    await api.insert(old)
    await api.insert([report_row(reporter=person, cluster=7), report_row()])
    await api.fetch("INSERT INTO report_supplements SELECT number, report_id, 1, recorded_at FROM reports")
    await api.fetch("DELETE FROM changed_numbers")
    assert await sums(api) == (5, 4)
    assert await removed(api) == {"old_reports": 3}
    assert await api.count("reports") == await api.count("report_supplements") == 2
    assert await sums(api) == (2, 2), "who reported again later counts by the later report"
    assert await api.count("changed_numbers") == 2
    ((rule, relation, rows),) = await api.fetch("SELECT rule, relation, rows FROM purges")
    assert (rule, relation, rows) == ("old_reports", "reports", 3)


async def test_retracted_reports_go_sooner_and_restricted_ones_do_not(api: Api) -> None:
    reporter, cautious = await api.reporter(), await api.reporter()
    receipt = (await reporter.post("/v1/reports", json=report_body())).json()
    await reporter.delete(f"/v1/reports/{receipt['report_id']}")
    await cautious.post("/v1/reports", json=report_body())
    await cautious.put("/v1/me/restriction")
    assert await removed(api) == {}
    for table in ("reports SET retracted_at = retracted_at", "reporters SET restricted_at = restricted_at"):
        await api.fetch(f"UPDATE {table} - interval '31 days'")
    assert await removed(api) == {"retracted_reports": 1}
    await cautious.delete("/v1/me/restriction")
    assert await sums(api) == (1, 1)


async def test_accounts_without_use_go_and_those_in_use_stay(api: Api) -> None:
    await api.reporter()
    busy = await api.reporter()
    await busy.post("/v1/reports", json=report_body())
    await api.owner("+8619790004321")
    disputing = await api.owner()
    await disputing.post("/v1/disputes", json={"reason": "other", "statement": "一段足够长的说明文字"})
    for table in ("reporters", "owners"):
        await api.fetch(f"UPDATE {table} SET created_at = $1", OLD)
    assert await removed(api) == {"idle_reporters": 1, "idle_owners": 1}
    assert (await busy.get("/v1/reports")).status_code == 200
    assert (await disputing.get("/v1/disputes")).status_code == 200


async def test_statements_are_destroyed_some_time_after_a_dispute_ended_and_codes_after_a_day(
    api: Api,
) -> None:
    owner = await api.owner()
    body = {"reason": "other", "statement": "一段足够长的说明文字"}
    address = (await owner.post("/v1/disputes", json=body)).headers["Location"]
    assert (await owner.post(f"{address}/proofs", content=PNG)).status_code == 201
    await owner.delete(address)
    await api.fetch("UPDATE disputes SET closed_at = $1", OLD)
    for sent_at in (NOW, NOW - timedelta(days=2)):
        await api.fetch(
            "INSERT INTO owner_codes VALUES ($1, gen_random_uuid(), '', 0, $2, $2)", NUMBER, sent_at
        )
    assert await removed(api) == {"statements": 1, "proofs": 1, "owner_codes": 1}
    assert await removed(api) == {}
    assert (await owner.get(address)).json()["statements"][0]["text"] is None


async def test_counting_removes_nothing_and_says_what_would_go(api: Api) -> None:
    await api.insert([report_row(occurred_at=OLD, recorded_at=OLD) for _ in range(3)])
    counted = {one.rule: one.rows for one in await count(api.database, api.settings, NOW)}
    assert counted == {rule.name: 3 if rule.name == "old_reports" else 0 for rule in RULES}
    assert await api.count("reports") == 3
    assert await removed(api) == {"old_reports": 3}


async def test_administrators_read_what_was_purged(api: Api) -> None:
    await api.insert([report_row(occurred_at=OLD, recorded_at=OLD)])
    await removed(api)
    administrator = await api.partner(Scope.ADMINISTRATOR, source=None)
    (one,) = (await administrator.get("/v1/purges")).json()["purges"]
    assert (one["rule"], one["relation"], one["rows"]) == ("old_reports", "reports", 1)


async def test_old_cases_go_with_all_that_belongs_to_them_and_so_do_old_calls(api: Api) -> None:
    await api.fetch("INSERT INTO cases SELECT 'someone', gen_random_uuid(), $1, 'bank', '{}', 'x'", OLD)
    await api.fetch("INSERT INTO cases SELECT 'someone', gen_random_uuid(), $1, 'bank', '{}', 'x'", NOW)
    for table in (
        "case_consents SELECT reporter, case_id, 'c', 1, true, '1', created_at",
        "case_events SELECT reporter, case_id, 'c', 1, 'filed', '2026-01-01', created_at",
    ):
        await api.fetch(f"INSERT INTO {table} FROM cases")
    for moment in (OLD, NOW):
        await api.fetch(
            "INSERT INTO contacts VALUES ($1, 'someone', $2, true, true, 9, '{}')", NUMBER, moment
        )
        await api.fetch(
            "INSERT INTO logged_calls VALUES"
            " ($1, 'someone', gen_random_uuid(), 0, 1, now(), $2, 1, true, true, true, 9, false)",
            NUMBER,
            moment,
        )
    assert await removed(api) == {"old_cases": 1, "old_contacts": 1, "old_logged_calls": 1}
    for table in ("cases", "case_consents", "case_events"):
        assert await api.count(table) == 1
