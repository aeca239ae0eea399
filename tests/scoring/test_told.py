"""Of a number with too few reports is told what is told of a stranger."""

from datetime import UTC, datetime

from service.database import Connection
from service.reports.intake import retract
from service.reports.store import NewReport, fetch_report
from tests.clients import NUMBER, Api, report_row
from tests.scoring.scored import badly_reported

NOW = datetime.now(UTC)


async def test_told_below_the_threshold_is_what_is_told_of_a_stranger(api: Api) -> None:
    partner = await api.partner()
    reported, stranger = "19790004321", "19790008765"
    await api.insert([report_row(f"+86{reported}") for _ in range(2)])
    await api.publish()

    async def told(number: str) -> str:
        answer = await partner.get(f"/v1/numbers/{number}")
        document = answer.json()
        assert document.pop("number") == f"+86{number}"
        document.pop("age_seconds")
        return f"{answer.status_code} {document} {sorted(answer.headers)}"

    assert await told(reported) == await told(stranger)
    bulk = await partner.post("/v1/numbers:lookup", json={"numbers": [reported, stranger]})
    first, second = bulk.json()["answers"]
    assert {**first, "number": ""} == {**second, "number": ""}


async def test_a_number_told_once_and_then_below_the_threshold_is_a_stranger_again(api: Api) -> None:
    partner = await api.partner()
    rows = badly_reported()
    await api.insert(rows)
    await api.publish()
    assert (await partner.get(f"/v1/numbers/{NUMBER}")).json()["verdict"] == "confirmed"
    for row in rows[2:]:

        async def work(connection: Connection, row: NewReport = row) -> None:
            own = await fetch_report(connection, row.reporter, row.report_id)
            assert own is not None
            await retract(connection, own, row.reporter, NOW)

        await api.database.in_transaction(work, isolation="repeatable_read")
    await api.publish()
    fallen = (await partner.get(f"/v1/numbers/{NUMBER}")).json()
    stranger = (await partner.get("/v1/numbers/+8619790008765")).json()
    for answer in (fallen, stranger):
        answer.pop("number")
        answer.pop("age_seconds")
    assert fallen == stranger
