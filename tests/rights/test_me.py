"""Copy, restriction and deletion of what is stored of reporters and owners."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from service.cases import consent_text
from service.database import Connection
from service.disputes.store import Owner
from service.edge.in_flight import InFlight
from service.rights import store as copying
from service.rights.notice import read_notice
from service.rights.store import stream_owner_tables
from service.verdicts.store import publish
from service.verdicts.verdict import nothing_known
from tests.clients import (
    NUMBER,
    Api,
    minutes_ago,
    new_idempotency_key,
    new_report,
    refusal,
    report_body,
    report_row,
    text_of_everything,
)
from tests.disputes.dispute_requests import PNG
from tests.waiting import DEADLINE_SECONDS

SECRET = "只有我知道的事"


async def disputed(owner: httpx.AsyncClient, statement: str = "一段足够长的说明文字") -> str:
    """Address of a new dispute."""
    answer = await owner.post("/v1/disputes", json={"reason": "other", "statement": statement})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def sums(api: Api) -> tuple[int, int]:
    """Reports and reporters that count, over all numbers."""
    ((reports, reporters),) = await api.fetch(
        "SELECT coalesce(sum(reports), 0), coalesce(sum(reporters), 0) FROM daily_signals"
    )
    return reports, reporters


async def give_the_rest(api: Api) -> None:
    """Rows of the newest reporter in the tables that a report does not fill."""
    (who,) = (await api.fetch("SELECT reporter FROM reporters ORDER BY created_at DESC LIMIT 1"))[0]
    one, now = uuid4(), datetime.now(UTC)

    def sealed(secrets: object) -> bytes:
        return api.keys.seal(orjson.dumps(secrets), one.bytes)

    statements: list[tuple[str, tuple[object, ...]]] = [
        ("credits SELECT number, reporter, 1, 0 FROM reports WHERE reporter = $1", ()),
        ("contacts SELECT $2, $1, $3, true, true, 9, '{}'", (NUMBER, now)),
        ("logged_calls SELECT $3, $1, $2, 0, 1, $4, $4, 1, true, true, true, 9, false", (one, NUMBER, now)),
        ("call_logs SELECT number, report_id, $2, 1, 0, '[]' FROM reports WHERE reporter = $1", (one,)),
        ("evidence SELECT $3, $2, $2, $1, 'text/plain', 3, 'x', 'x', NULL, $4, $5",
         (one, NUMBER, now, sealed({"file_name": "x.txt", "caption": SECRET}))),
        ("evidence_uploads SELECT $3, $2, $2, $1, 9, NULL, $5, NULL, 3, NULL, $4, $4",
         (one, NUMBER, now, sealed({"file_name": SECRET, "caption": None}))),
        ("evidence_parts SELECT $2, 0, $2, 3, 'x', 'x' FROM reporters WHERE reporter = $1", (one,)),
        ("cases SELECT $1, $2, $3, 'bank', '{}', $4", (one, now, sealed({"respondent_name": SECRET, "statement": None}))),
        ("case_consents SELECT $1, $2, '12321', 1, true, '1', $3", (one, now)),
        ("case_events SELECT $1, $2, '12321', 1, 'filed', '2026-11-01', $3, $4",
         (one, now, sealed({"query_code": SECRET, "note": None}))),
        ("case_reminders SELECT $1, $2, '12321', 'first', $3, '2099-01-01'", (one, now)),
        ("case_calendars SELECT sha256($1), $1, $2", (now,)),
        ("webhooks SELECT $1, $2, $4, $3", (one, now, sealed(["https://example.org/hook", SECRET]))),
        ("webhook_messages SELECT $1, $2, $2, '{}', $3, $3", (one, now)),
    ]  # fmt: skip
    for statement, values in statements:
        await api.fetch("INSERT INTO " + statement, who, *values)


async def busy_reporter(api: Api) -> httpx.AsyncClient:
    """A reporter of whom something is stored in every table that holds reporters."""
    reporter = await api.reporter()
    answer = await reporter.post(
        "/v1/reports",
        json=report_body(
            narrative=SECRET, callee="19790005678", contact="门口小店", violations=["threat", "after_refusal"]
        ),
        headers=new_idempotency_key(),
    )
    await reporter.patch(
        f"/v1/reports/{answer.json()['report_id']}",
        json={"narrative": SECRET, "contact": "后门", "violations": ["fraud"]},
    )
    await new_report(reporter, number="19790004321")
    await give_the_rest(api)
    return reporter


async def test_a_copy_holds_every_stored_column_of_a_reporter_and_opens_what_is_encrypted(api: Api) -> None:
    reporter = await busy_reporter(api)
    await busy_reporter(api)
    copy = (await reporter.get("/v1/me")).json()
    tables: dict[str, list[dict[str, Any]]] = copy["tables"]
    described = {
        name: table for name, table in read_notice()["tables"].items() if table["subject"] == "reporter"
    }
    assert copy["subject"] == "reporter"
    assert set(tables) == set(described)
    for name, rows in tables.items():
        assert rows, name
        assert set(rows[0]) == set(described[name]["columns"]), name
    assert len(tables["reports"]) == 2
    assert tables["reports"][0]["sealed"] == {"callee": "19790005678", "contact": "门口小店"}
    assert tables["report_supplements"][0]["narrative"] == SECRET
    assert tables["reports"][0]["violations"] == ["threat", "after_refusal"]
    assert tables["report_supplements"][0]["violations"] == ["fraud"]
    assert {row["reporter"] for row in tables["reports"]} == {tables["reporters"][0]["reporter"]}


async def test_a_copy_of_an_owner_holds_the_dispute_and_what_is_told_of_the_number_but_no_reporter(
    api: Api,
) -> None:
    rows = [report_row() for _ in range(8)]
    await api.insert(rows)
    owner = await api.owner()
    await disputed(owner, SECRET + "，请核对")
    ((dispute_id,),) = await api.fetch("SELECT dispute_id FROM disputes")
    await owner.post(f"/v1/disputes/{dispute_id}/proofs", content=PNG)
    await api.publish()
    text = (await owner.get("/v1/me")).text
    copy = (await owner.get("/v1/me")).json()
    assert copy["subject"] == "owner"
    assert copy["tables"]["dispute_statements"][0]["sealed"] == SECRET + "，请核对"
    assert copy["tables"]["verdicts"][-1]["verdict"] == "disputed"
    assert [one["media_type"] for one in copy["tables"]["dispute_proofs"]] == ["image/png"]
    assert not any(row.reporter.hex() in text for row in rows)
    other = await api.owner()
    assert (await other.get("/v1/me")).json()["tables"]["disputes"] == []


async def test_a_copy_of_an_owner_tells_of_verdicts_what_look_ups_told(api: Api) -> None:
    owner = await api.owner()
    bare = nothing_known(NUMBER, "mobile")
    accused = bare._replace(score=0.99, category="threat", reports_at_least=5, reporters_at_least=5)
    async with api.database.connection() as connection:
        for verdict in ("unknown", "suspected", "unknown", "unknown", "disputed"):
            await publish(connection, [accused._replace(verdict=verdict)], datetime.now(UTC))
    verdicts = (await owner.get("/v1/me")).json()["tables"]["verdicts"]
    assert [(row["verdict"], row["score"], row["reports_at_least"]) for row in verdicts] == [
        ("suspected", 0.99, 5),
        ("unknown", None, 0),
        ("disputed", None, 0),
    ]


async def test_a_copy_of_an_owner_does_not_tell_when_something_hidden_changed(api: Api) -> None:
    owner = await api.owner()
    bare = nothing_known(NUMBER, "mobile")._replace(is_simulated=True)
    began = datetime.now(UTC)
    async with api.database.connection() as connection:
        for place, verdict in enumerate(
            ["unknown", "unknown", "disputed", "disputed", "cleared", "cleared", "suspected", "suspected"]
        ):
            hidden = bare._replace(
                verdict=verdict, score=0.1 * place, ruled_at=began + timedelta(seconds=place)
            )
            at = began + timedelta(minutes=place)
            await publish(connection, [hidden], at)
    verdicts = (await owner.get("/v1/me")).json()["tables"]["verdicts"]
    shown = [(row["verdict"], row["decided_at"][:19], row["revision"]) for row in verdicts]
    times = [(began + timedelta(minutes=place)).isoformat()[:19] for place in range(8)]
    assert shown == [
        ("disputed", times[2], None),
        ("cleared", times[4], None),
        ("suspected", times[6], 7),
        ("suspected", times[7], 8),
    ]
    of_later_owner = Owner(NUMBER, b"", began, began_at=began + timedelta(minutes=5))

    async def copied(connection: Connection) -> list[int]:
        tables = stream_owner_tables(connection, of_later_owner)
        return [row["revision"] async for table, rows in tables for row in rows if table == "verdicts"]

    assert await api.database.in_transaction(copied) == [7, 8]


async def test_restricted_reports_stay_and_count_nowhere_until_that_ends(api: Api) -> None:
    reporter = await api.reporter()
    for minute in (30, 20):
        await new_report(reporter, occurred_at=minutes_ago(minute).isoformat())
    await new_report(await api.reporter())
    assert await sums(api) == (3, 2)
    for _ in range(2):
        assert (await reporter.put("/v1/me/restriction")).status_code == 204
    assert await sums(api) == (1, 1)
    assert len((await reporter.get("/v1/reports")).json()["reports"]) == 2
    for _ in range(2):
        assert (await reporter.delete("/v1/me/restriction")).status_code == 204
    assert await sums(api) == (3, 2)
    assert await api.fetch("SELECT FROM reports WHERE retracted_at IS NOT NULL") == []


async def test_a_restricted_number_is_scored_anew(api: Api) -> None:
    reporter = await api.reporter()
    await new_report(reporter)
    await api.publish()
    await reporter.put("/v1/me/restriction")
    assert [row["number"] for row in await api.fetch("SELECT number FROM changed_numbers")] == [NUMBER]


async def test_who_restricts_cannot_report_and_is_told_what_to_do(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.put("/v1/me/restriction")
    for headers in ({}, new_idempotency_key()):
        refused = await reporter.post("/v1/reports", json=report_body(), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "restricted")
    await reporter.delete("/v1/me/restriction")
    await new_report(reporter)


async def test_who_restricts_is_told_so_wherever_the_reports_would_be_used(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter, violations=["threat"])
    gathered = {"report_ids": [report.rpartition("/")[2]]}
    case = f"/v1/cases/{(await reporter.post('/v1/cases', json=gathered)).json()['case_id']}"
    consent = {"channel": "police", "text_version": consent_text.VERSION}
    assert (await reporter.post(f"{case}/consents", json=consent)).status_code == 201
    await reporter.put("/v1/me/restriction")
    for answer in (
        await reporter.post(f"{report}/evidence", files={"file": b"text"}),
        await reporter.patch(report, json={"narrative": "又打来了"}),
        await reporter.post("/v1/cases", json=gathered),
        await reporter.get(f"{case}/packages/police"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "restricted"), answer.request.url
    await reporter.delete("/v1/me/restriction")
    assert (await reporter.post(f"{report}/evidence", files={"file": b"text"})).status_code == 201


async def test_what_is_retracted_before_or_during_a_restriction_stays_retracted(api: Api) -> None:
    reporter = await api.reporter()
    first, second, _ = [
        await new_report(reporter, occurred_at=minutes_ago(minute).isoformat()) for minute in (30, 20, 10)
    ]
    await reporter.delete(first)
    await reporter.put("/v1/me/restriction")
    assert (await reporter.delete(second)).status_code == 204
    await reporter.delete("/v1/me/restriction")
    assert await sums(api) == (1, 1)


async def test_owners_are_told_that_a_dispute_is_their_restriction(api: Api) -> None:
    owner = await api.owner()
    for method in ("PUT", "DELETE"):
        answer = await owner.request(method, "/v1/me/restriction")
        assert (answer.status_code, answer.json()["code"]) == (409, "restricted_by_dispute")


async def test_a_deleted_reporter_counts_nowhere_and_nothing_personal_is_left(api: Api) -> None:
    reporter, neighbour = await busy_reporter(api), await api.reporter()
    await new_report(neighbour)
    (account,) = (await reporter.get("/v1/me")).json()["tables"]["reporters"]
    assert (await reporter.delete("/v1/me")).status_code == 204
    assert await sums(api) == (1, 1)
    left = await text_of_everything(api.database)
    assert SECRET not in left
    assert account["reporter"] not in left
    assert await api.fetch("SELECT FROM reports WHERE sealed IS NOT NULL") == []
    emptied = {name for name, table in read_notice()["tables"].items() if table["subject"] == "reporter"}
    for table in emptied - {"reporters", "reports"}:
        assert await api.count(table) == 0, table
    stubs = await api.fetch("SELECT narrative, retracted_at FROM reports WHERE NOT is_counted")
    assert len(stubs) == 2, "they tell those who were handed them that they were taken back"
    assert all(stub["retracted_at"] for stub in stubs)


async def test_after_deletion_the_token_is_dead(api: Api) -> None:
    reporter, owner = await busy_reporter(api), await api.owner()
    await disputed(owner)
    for person, path in ((reporter, "/v1/reports"), (owner, "/v1/disputes")):
        assert (await person.delete("/v1/me")).status_code == 204
        for method, again in (("GET", path), ("GET", "/v1/me"), ("DELETE", "/v1/me")):
            assert (await person.request(method, again)).status_code == 401
    assert (await reporter.post("/v1/reports", json=report_body())).status_code == 401


async def test_a_report_made_during_a_deletion_is_refused_or_goes_with_the_others(api: Api) -> None:
    reporter = await busy_reporter(api)
    answers = await asyncio.gather(
        reporter.delete("/v1/me"),
        *(
            reporter.post("/v1/reports", json=report_body(occurred_at=minutes_ago(n).isoformat()))
            for n in range(20, 25)
        ),
    )
    assert answers[0].status_code == 204
    assert {answer.status_code for answer in answers[1:]} <= {201, 401}
    assert await sums(api) == (0, 0)
    assert await api.count("reporters") == 0


async def test_a_deleted_owner_withdraws_and_what_was_said_is_destroyed(api: Api) -> None:
    await api.insert([report_row() for _ in range(8)])
    owner = await api.owner()
    await disputed(owner, SECRET + "，请核对")
    ((dispute_id,),) = await api.fetch("SELECT dispute_id FROM disputes")
    await owner.post(f"/v1/disputes/{dispute_id}/proofs", content=PNG)
    await api.publish()
    assert (await owner.delete("/v1/me")).status_code == 204
    assert await api.count("dispute_proofs") == 0
    await api.publish(datetime.now(UTC))
    found = (await (await api.partner()).get(f"/v1/numbers/{NUMBER}")).json()
    assert found["verdict"] == "confirmed"
    ((state, of),) = await api.fetch("SELECT state, owner FROM disputes")
    assert (state, of) == ("withdrawn", None)
    assert await api.fetch("SELECT FROM dispute_statements WHERE sealed IS NOT NULL") == []
    assert await api.count("owners") == 0


@pytest.mark.parametrize("token", [None, "dw_key_nobody", "dw_rep_nobody", "dw_own_nobody"])
async def test_a_stranger_has_no_copy(api: Api, token: str | None) -> None:
    answer = await (await api.client(token)).get("/v1/me")
    assert answer.status_code == 401


async def test_copies_are_limited_by_the_hour(api: Api) -> None:
    reporter = await api.reporter()
    statuses = [(await reporter.get("/v1/me")).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


async def test_a_copy_of_many_rows_is_read_and_written_in_slices(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = await api.reporter()
    await new_report(reporter)
    await api.fetch(
        "INSERT INTO contacts SELECT number, reporter, now() - n * interval '1 minute', true, true, n, '{}'"
        " FROM reports, generate_series(1, 1000) AS n"
    )
    rows, written = copying.AT_ONCE, []
    dumps = orjson.dumps

    def noted(value: object, *options: object, **named: object) -> bytes:
        if isinstance(value, list):
            written.append(len(value))
        return dumps(value, *options, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("service.rights.copy.orjson.dumps", noted)
    tables = (await reporter.get("/v1/me")).json()["tables"]
    assert sorted(row["seconds"] for row in tables["contacts"]) == list(range(1, 1001))
    assert max(written) == rows == 1000 // 4
    assert api.state["copies"].under_way == api.state["answers"].under_way == 0


async def test_so_many_copies_are_made_at_once_and_no_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(api.state, "copies", InFlight(in_all=0, each=1))
    refused = await (await api.reporter()).get("/v1/me")
    assert refusal(refused) == (429, "too_many_at_once")


async def test_what_takes_long_is_done_once_at_a_time_for_a_person(api: Api) -> None:
    """It waits for the reporter's lock with a connection in hand: one account must not hold them all."""
    reporter = await api.reporter()
    await new_report(reporter)
    async with api.database.connection() as connection, connection.transaction():
        await connection.execute("LOCK TABLE reporters IN ACCESS EXCLUSIVE MODE")
        asked = [asyncio.ensure_future(reporter.delete("/v1/me")) for _ in range(6)]
        waiting = set(asked)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(waiting) > 1:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        done = set(asked) - waiting
        assert [refusal(one.result()) for one in done] == [(429, "too_many_at_once")] * 5
    (last,) = waiting
    assert (await last).status_code == 204
