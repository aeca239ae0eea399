"""Call logs become dated contacts, each once, and what they add up to is told exactly to their owner, in bands beside."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ml.trust import BARE_LOG, PAYMENT_OR_CALL_BACK
from service.verdicts.store import publish
from service.verdicts.verdict import nothing_known
from tests.clients import NUMBER, Api, new_report

HEADER = "号码,时间,类型,时长\n"


def row(time: str, kind: str = "呼入", seconds: int = 0, *, number: str = "19790001234") -> str:
    return f"{number},{time},{kind},{seconds}\n"


NIGHT = HEADER + "".join(row(f"2026-03-01 23:{minute:02}:00") for minute in range(8))
TALKS = HEADER + "".join(row(f"2026-03-02 1{n}:00:00", seconds=60) for n in range(5))


async def reported(reporter: httpx.AsyncClient, **fields: object) -> str:
    """Address of a new report."""
    plain = {"occurred_at": "2026-03-01T12:00:00+08:00"}
    return await new_report(reporter, **(plain | fields))


async def logged(
    reporter: httpx.AsyncClient, address: str, log: str | bytes, name: str = "log.csv"
) -> httpx.Response:
    content = log.encode() if isinstance(log, str) else log
    return await reporter.post(f"{address}/evidence", files={"file": (name, content, "text/csv")})


async def findings(reporter: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await reporter.get(f"{address}/findings")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def brief(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["violation"], one["rule"]["id"], one["count"]) for one in document["findings"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_a_log_in_any_encoding_becomes_dated_contacts(api: Api, encoding: str) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    answer = await logged(reporter, address, NIGHT.encode(encoding))
    assert (answer.status_code, answer.json()["media_type"]) == (201, "text/csv")
    assert await api.count("logged_calls") == 8
    document = await findings(reporter, address)
    assert document["contacts"] == 9
    assert document["days"] == [
        {"on": "2026-03-01", "dials": 9, "connected": 0, "effective": 0, "unanswered": 8, "quiet_hours": 8}
    ]
    assert [one["own_measure"] for one in document["findings"]] == [None, None, None]
    assert brief(document) == [
        ("frequency", "cba2026", 8),
        ("quiet_hours", "gbt45251", 8),
        ("quiet_hours", "cba2026", 8),
    ]


async def test_a_finding_tells_its_rule_its_limit_and_its_days(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    await logged(reporter, address, TALKS)
    (finding,) = (await findings(reporter, address))["findings"]
    assert finding["days"] == [{"on": "2026-03-02", "count": 5}]
    assert (finding["counter"], finding["allowed"], finding["count"]) == ("effective", 3, 5)
    assert finding["rule"]["id"] == "gbt45251"
    assert finding["rule"]["basis"] == "norm"
    assert finding["own_measure"]["seconds"] == 10
    assert "自定" in finding["own_measure"]["zh"]
    assert finding["rule"]["status_name"]["zh"] in ("待核实", "已核实")


async def test_a_rule_says_nothing_of_days_before_it_was_in_force(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    await logged(reporter, address, NIGHT.replace("2026-03", "2024-03"))
    assert brief(await findings(reporter, address)) == []


async def test_the_same_call_counts_once_whatever_logs_tell_it(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    later = NIGHT + row("2026-03-01 23:30:00")
    answers = await asyncio.gather(logged(reporter, address, NIGHT), logged(reporter, address, later))
    assert [answer.status_code for answer in answers] == [201, 201]
    await logged(reporter, address, NIGHT + "\n")
    assert (await findings(reporter, address))["contacts"] == 10


async def test_contacts_go_with_the_last_log_that_tells_them(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    first, second = [
        (await logged(reporter, address, log)).json()["evidence_id"]
        for log in (NIGHT, NIGHT + row("2026-03-01 23:30:00"))
    ]
    await reporter.delete(f"{address}/evidence/{second}")
    assert (await findings(reporter, address))["contacts"] == 9
    await reporter.delete(f"{address}/evidence/{first}")
    assert await api.count("logged_calls") == await api.count("call_logs") == 0


async def test_a_retracted_reports_log_says_nothing_any_more(api: Api) -> None:
    reporter = await api.reporter()
    first, second = (
        await reported(reporter),
        await reported(reporter, occurred_at="2026-03-05T12:00:00+08:00"),
    )
    await logged(reporter, first, NIGHT)
    await reporter.delete(first)
    document = await findings(reporter, second)
    assert (document["contacts"], document["findings"]) == (1, [])


async def test_reports_are_dated_contacts_themselves(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(
        reporter, occurred_at="2026-03-01T23:00:30+08:00", connected=True, duration_seconds=30
    )
    await reported(reporter, occurred_at="2026-03-01T23:05:00+08:00", medium="sms")
    document = await findings(reporter, address)
    assert document["days"] == [
        {"on": "2026-03-01", "dials": 1, "connected": 1, "effective": 1, "unanswered": 0, "quiet_hours": 2}
    ]
    await logged(reporter, address, HEADER + row("2026-03-01 23:00:41", seconds=30))
    assert (await findings(reporter, address))["days"] == document["days"]


async def test_nobody_else_sees_ones_findings(api: Api) -> None:
    reporter, another = await api.reporter(), await api.reporter()
    address = await reported(reporter)
    assert (await another.get(f"{address}/findings")).status_code == 404


async def verdict(api: Api, name: str) -> None:
    """Publish a verdict on the number, without further reports of it."""
    async with api.database.connection() as connection:
        await publish(connection, [nothing_known(NUMBER, "mobile")._replace(verdict=name)], datetime.now(UTC))


async def test_nothing_is_told_of_others_unless_the_number_is_listed(api: Api) -> None:
    people = [await api.reporter(cluster=n) for n in range(5)]
    addresses = [await reported(person) for person in people]
    assert (await findings(people[4], addresses[4]))["across_reporters"] is None
    for name in ("unknown", "suspected", "disputed", "confirmed", "cleared", "protected"):
        await verdict(api, name)
        told = (await findings(people[4], addresses[4]))["across_reporters"]
        assert (told is not None) == (name in ("suspected", "confirmed"))


async def test_others_are_told_in_bands_once_there_are_enough_of_them(api: Api) -> None:
    people = [await api.reporter(cluster=n) for n in range(5)]
    addresses = [await reported(person) for person in people]
    await verdict(api, "suspected")
    for person, address in list(zip(people, addresses, strict=True))[:2]:
        await logged(person, address, NIGHT)
    told = (await findings(people[4], addresses[4]))["across_reporters"]
    assert told == {"reporters_at_least": 5, "contacts_at_least": 20, "findings": []}
    await logged(people[2], addresses[2], NIGHT)
    told = (await findings(people[4], addresses[4]))["across_reporters"]
    assert told["findings"] == [
        {"violation": "frequency", "reporters_at_least": 3},
        {"violation": "quiet_hours", "reporters_at_least": 3},
    ]


async def test_who_restricts_the_use_of_the_own_data_is_counted_no_more(api: Api) -> None:
    people = [await api.reporter(cluster=n) for n in range(3)]
    addresses = [await reported(person) for person in people]
    await verdict(api, "confirmed")
    for person, address in zip(people, addresses, strict=True):
        await logged(person, address, NIGHT)
    assert (await findings(people[0], addresses[0]))["across_reporters"]["reporters_at_least"] == 3
    await people[1].put("/v1/me/restriction")
    assert (await findings(people[0], addresses[0]))["across_reporters"] is None


async def test_of_too_few_people_nothing_is_told(api: Api) -> None:
    first, second = await api.reporter(), await api.reporter(cluster=2)
    await verdict(api, "confirmed")
    address = await reported(first)
    await logged(second, await reported(second), NIGHT)
    assert (await findings(first, address))["across_reporters"] is None


@pytest.mark.parametrize(
    ("log", "codes"),
    [
        ("这不是表格", ["call_log_columns"]),
        (HEADER + row("昨天"), ["call_log_time"]),
        (HEADER + row("2026-03-01 12:00:00", number="19790005678"), ["call_log_without_number"]),
    ],
)
async def test_a_log_that_cannot_be_read_is_kept_unaltered_and_told_so(
    api: Api, log: str, codes: list[str]
) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    answer = await logged(reporter, address, log)
    assert answer.status_code == 201
    assert [one["code"] for one in answer.json()["call_log"]["unread"]] == codes
    assert (await reporter.get(f"{address}/evidence/{answer.json()['evidence_id']}")).content == log.encode()
    assert (await findings(reporter, address))["contacts"] == 1


async def test_what_can_be_read_is_counted_and_a_missing_year_is_asked_for(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter, occurred_at="2026-03-01T12:00:00+08:00")
    log = (
        "2025年和2026年\n"
        + HEADER
        + row("02-18 10:00:05", seconds=60)
        + row("2026-02-19 10:00:05", seconds=60)
    )
    answer = await logged(reporter, address, log)
    told = answer.json()["call_log"]
    assert (told["counted"], told["unread_rows"], told["asks"]) == (1, 1, ["year"])
    (wrong,) = told["unread"]
    assert (wrong["line"], wrong["column"], wrong["code"]) == (3, 2, "call_log_year")
    again = await reporter.post(
        f"{address}/evidence?year=2026", files={"file": ("log.csv", log.encode(), "text/csv")}
    )
    assert (again.status_code, again.json()["call_log"]["counted"]) == (200, 2)
    (listed,) = (await reporter.get(f"{address}/evidence")).json()["evidence"]
    assert listed["call_log"] == {"counted": 2, "unread_rows": 0, "unread": [], "asks": []}
    assert (await findings(reporter, address))["contacts"] == 3


async def test_two_clocks_of_the_same_calls_lead_to_no_finding(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter, occurred_at="2026-03-02T10:00:05+08:00", connected=True)
    phone = HEADER + row("2026-03-02 10:00:05", seconds=65) + row("2026-03-02 15:00:05", seconds=65)
    carrier = (
        "起始时间,通信方式,对方号码,通信时长\n"
        "2026-03-02 10:01:17,被叫,19790001234,1分5秒\n2026-03-02 15:01:17,被叫,19790001234,1分5秒\n"
    )
    counted = []
    for log in (phone, carrier, phone.replace(":05,", ",").replace("-", "/")):
        await logged(reporter, address, log)
        document = await findings(reporter, address)
        counted.append(document["days"][0])
        assert document["findings"] == []
    assert counted[0] == counted[1] == counted[2]
    assert counted[0]["effective"] == 2


async def test_messages_of_a_log_count_as_contacts_and_not_as_calls(api: Api) -> None:
    reporter = await api.reporter()
    address = await reported(reporter)
    await logged(
        reporter,
        address,
        HEADER + row("2026-03-02 23:00:00", "短信接收") + row("2026-03-02 23:01:00", "接收"),
    )
    (day, _) = (await findings(reporter, address))["days"]
    assert (day["dials"], day["quiet_hours"]) == (0, 2)


async def test_a_log_is_known_by_its_headings_whatever_it_is_called(api: Api) -> None:
    reporter = await api.reporter()
    assert (await logged(reporter, await reported(reporter), NIGHT, "x.txt")).json()[
        "media_type"
    ] == "text/csv"


@pytest.mark.parametrize(("kind", "seconds", "weight"), [
    ("呼出", 40, PAYMENT_OR_CALL_BACK), ("呼出", 0, BARE_LOG), ("呼入", 40, BARE_LOG),
])  # fmt: skip
async def test_a_log_raises_a_report_by_a_call_back_that_was_answered(
    api: Api, kind: str, seconds: int, weight: float
) -> None:
    reporter = await api.reporter()
    await logged(reporter, await reported(reporter), HEADER + row("2026-03-01 12:10:00", kind, seconds))
    assert (await api.fetch("SELECT evidence_weight FROM reports"))[0][0] == weight
