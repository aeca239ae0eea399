"""NDJSON from a partner: a line of answer for each line, and a bad line never loses a good one."""

import asyncio
import codecs
import json
import tracemalloc
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.access import Scope
from service.reports.batch import numbered_lines
from tests.clients import Api, minutes_ago, report_body, text_of_everything


def line(reporter: object = "a", **fields: object) -> str:
    return json.dumps(report_body(reporter=reporter, **fields))


async def sent(partner: httpx.AsyncClient, body: str | bytes, **headers: str) -> list[dict[str, Any]]:
    answer = await partner.post("/v1/reports:batch", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(text) for text in answer.text.splitlines()]


BROKEN = [
    b"{", b"null", b"[]", b"1", b'"text"', b"{}", b"\xff\xfe", b'{"number": "\xff"}', b"\0", b"[" * 2000,
    b"{'number': 1}", b"NaN",
    line(number="19790001234\0").encode(),
    line(number="19790001234\ud800").encode(),
    line(number="82345678").encode(),
    line(number="x" * 65).encode(),
    line(occurred_at="2026-03-01T12:00:00").encode(),
    line(occurred_at="2999-01-01T00:00:00Z").encode(),
    line(occurred_at=None).encode(),
    line(violations=["rude"]).encode(),
    line(narrative="字" * 2001).encode(),
    line(narrative="a\0").encode(),
    line("").encode(),
    line("   ").encode(),
    line("r" * 201).encode(),
    line(None).encode(),
    line(7).encode(),
    line(group="g" * 101).encode(),
    line(extra=1).encode(),
]  # fmt: skip


async def test_a_broken_line_loses_no_good_one(api: Api, subtests: pytest.Subtests) -> None:
    partner = await api.partner()
    for place, broken in enumerate(BROKEN):
        with subtests.test(repr(broken[:60])):
            body = b"\n".join([line(f"before {place}").encode(), broken, line(f"after {place}").encode()])
            first, second, third = await sent(partner, body)
            assert [answer["line"] for answer in (first, second, third)] == [1, 2, 3]
            statuses = [answer["status"] for answer in (first, second, third)]
            assert statuses == ["stored", "rejected", "stored"]
            problem = second["problem"]
            assert problem["code"] == "invalid_request"
            assert problem["errors"]
            assert await api.count("reports") == 2
        await api.fetch("TRUNCATE reports")


async def test_byte_order_marks_lose_no_line(api: Api) -> None:
    body = (
        codecs.BOM_UTF8
        + line("a").encode()
        + b"\n"
        + codecs.BOM_UTF8
        + line("b").encode()
        + b"\n"
        + codecs.BOM_UTF8
    )
    answers = await sent(await api.partner(), body)
    assert [(answer["line"], answer["status"]) for answer in answers] == [(1, "stored"), (2, "stored")]


async def test_problems_of_lines_are_told_in_the_language_asked_for(api: Api) -> None:
    partner = await api.partner()
    (zh,) = await sent(partner, line(number="82345678"))
    (en,) = await sent(partner, line(number="82345678"), **{"Accept-Language": "en"})
    assert zh["problem"]["errors"][0]["message"].startswith("缺少区号")
    assert en["problem"]["errors"][0]["message"].startswith("Area code needed")


async def test_blank_lines_are_counted_but_not_answered(api: Api) -> None:
    partner = await api.partner()
    answers = await sent(partner, f"\r\n\n{line('a')}\r\n   \n{line('b')}\n\n")
    assert [answer["line"] for answer in answers] == [3, 5]


@pytest.mark.parametrize("body", ["", "\n\n"])
async def test_nothing_given_is_nothing_answered(api: Api, body: str) -> None:
    assert await sent(await api.partner(), body) == []


async def test_a_line_given_twice_is_one_report(api: Api) -> None:
    partner = await api.partner()
    answers = await sent(partner, "\n".join([line(), line(), line(occurred_at=minutes_ago(20).isoformat())]))
    assert [answer["status"] for answer in answers] == ["stored", "repeated", "stored"]
    (again,) = await sent(partner, line())
    assert again["status"] == "repeated"
    (sums,) = await api.fetch(
        "SELECT sum(reports) AS reports, sum(reporters) AS reporters FROM daily_signals"
    )
    assert (sums["reports"], sums["reporters"]) == (2, 1)


async def test_ten_thousand_lines_are_answered_in_order(api: Api) -> None:
    partner = await api.partner()
    lines = [
        line(n, number="82345678") if n % 1000 == 7 else line(f"r{n}", number=f"1979000{n:04}")
        for n in range(10_000)
    ]
    answers = await sent(partner, "\n".join(lines))
    assert [answer["line"] for answer in answers] == list(range(1, 10_001))
    rejected = [answer["line"] for answer in answers if answer["status"] == "rejected"]
    assert rejected == list(range(8, 10_001, 1000))
    assert await api.count("reports") == 9990
    stored = {row["report_id"] for row in await api.fetch("SELECT report_id::text FROM reports")}
    assert stored == {answer["report_id"] for answer in answers if answer["status"] == "stored"}


async def test_parallel_batches_count_a_reporter_once_a_number(api: Api) -> None:
    partner = await api.partner()
    numbers = [f"197900012{n:02}" for n in range(20)]
    bodies = [
        "\n".join(line("same", number=number, occurred_at=minutes_ago(start).isoformat()) for number in order)
        for start, order in ((5, numbers), (6, numbers[::-1]), (7, numbers), (8, numbers[::-1]))
    ]
    await asyncio.gather(*(sent(partner, body) for body in bodies))
    rows = await api.fetch("SELECT sum(reports), sum(reporters) FROM daily_signals GROUP BY number")
    assert [tuple(row) for row in rows] == [(4, 1)] * 20


async def test_a_crowd_reporter_and_partners_reporters_are_different_people(api: Api) -> None:
    for source in ("one", "two"):
        await sent(await api.partner(source=source), line("same"))
    await (await api.reporter()).post("/v1/reports", json=report_body())
    assert len({row[0] for row in await api.fetch("SELECT reporter FROM reports")}) == 3


async def test_groups_are_clusters_of_their_source(api: Api) -> None:
    partner = await api.partner(source="one")
    await sent(partner, "\n".join([line("a", group="north"), line("b", group="north"), line("c")]))
    await sent(await api.partner(source="two"), line("d", group="north"))
    rows = await api.fetch("SELECT count(*) FROM reports GROUP BY cluster ORDER BY 1")
    assert [row[0] for row in rows] == [1, 1, 2]


async def test_partners_pseudonyms_are_stored_only_as_hashes(api: Api) -> None:
    await sent(await api.partner(), line("alice@partner.example", group="district-nine"))
    text = await text_of_everything(api.database)
    assert "alice" not in text
    assert "district-nine" not in text


async def test_a_key_without_a_source_is_refused(api: Api) -> None:
    partner = await api.partner(Scope.REPORTS, source=None)
    answer = await partner.post("/v1/reports:batch", content=line())
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


async def test_a_key_without_the_scope_is_refused(api: Api) -> None:
    partner = await api.partner(Scope.LOOKUP, Scope.EXPORTS)
    answer = await partner.post("/v1/reports:batch", content=line())
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert 'scope="reports"' in answer.headers["WWW-Authenticate"]
    assert await api.count("reports") == 0


async def test_a_reporters_token_is_no_key(api: Api) -> None:
    reporter = await api.reporter()
    without_replica = await reporter.post("/v1/reports:batch", content=line())
    assert (without_replica.status_code, without_replica.json()["code"]) == (503, "replica_unavailable")
    await api.follow()
    answer = await reporter.post("/v1/reports:batch", content=line())
    assert (answer.status_code, answer.json()["code"]) == (401, "other_key_kind")


async def test_what_is_no_ndjson_is_refused_whole(api: Api) -> None:
    partner = await api.partner()
    answer = await partner.post("/v1/reports:batch", content=line(), headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert await api.count("reports") == 0


async def test_too_large_a_batch_is_refused_whole(api: Api) -> None:
    partner = await api.partner()
    body = b"\n".join([line().encode(), b" " * api.settings.max_batch_bytes])
    answer = await partner.post("/v1/reports:batch", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert await api.count("reports") == 0


async def test_a_line_is_as_long_as_a_report_may_be(api: Api) -> None:
    """One line of megabytes, or of thousands of values, costs nothing and loses no good one."""
    partner = await api.partner()
    for broken, code in (
        (b'{"narrative":"' + b"x" * 65_536 + b'"}', "line_too_long"),
        (b"x" * 7_000_000, "line_too_long"),
        (b" " * 65_537 + b"{}", "line_too_long"),
        (b'{"a":1,' * 6000, "too_many_values"),
        (b"[" * 6000, "too_many_values"),
    ):
        body = b"\n".join([line("a").encode(), broken, line("b").encode()])
        first, second, third = await sent(partner, body)
        assert (first["line"], second["line"], third["line"]) == (1, 2, 3)
        assert (second["status"], second["problem"]["code"]) == ("rejected", code)
    assert await api.count("reports") == 2


async def test_a_line_is_told_at_most_twenty_errors(api: Api) -> None:
    many = json.dumps({f"unknown_{place}": 1 for place in range(1000)})
    (answer,) = await sent(await api.partner(), many)
    assert len(answer["problem"]["errors"]) == 20


@pytest.mark.parametrize("body", [b"{}\n" * 10_001, b"\n" * 10_001, b"{}\r\n" * 10_001])
async def test_a_batch_has_a_bounded_number_of_lines(api: Api, body: bytes) -> None:
    answer = await (await api.partner()).post("/v1/reports:batch", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_lines")


async def test_as_many_lines_as_a_batch_may_have_are_all_answered(api: Api) -> None:
    answers = await sent(await api.partner(), b"{}\n" * 10_000)
    assert [answer["line"] for answer in answers] == list(range(1, 10_001))


async def test_the_answer_comes_while_lines_are_stored(api: Api) -> None:
    """So that no answer is held whole: each piece has the lines of one transaction."""
    partner = await api.partner()
    body = "\n".join(line(f"reporter {place}") for place in range(1001)).encode()
    pieces: list[bytes] = []
    unread = [body]

    async def receive() -> dict[str, Any]:
        if not unread:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: Any) -> None:
        if message.get("body"):
            pieces.append(message["body"])

    scope = {
        "type": "http", "method": "POST", "path": "/v1/reports:batch", "raw_path": b"", "query_string": b"",
        "headers": [(b"authorization", partner.headers["authorization"].encode())], "client": ("203.0.113.7", 1),
        "server": ("dunwatch", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    await api.app(scope, receive, send)
    assert [piece.count(b'"stored"') for piece in pieces] == [500, 500, 1]


@given(st.binary(max_size=60), st.lists(st.sampled_from([b"\n", b"a", b" ", b"\r\n", b"\n\n"]), max_size=20))
def test_lines_are_those_between_line_breaks(content: bytes, parts: list[bytes]) -> None:
    for body in (content, b"".join(parts)):
        expected = [(place, text) for place, text in enumerate(body.split(b"\n"), start=1) if text.strip()]
        assert list(numbered_lines(body)) == expected


def test_a_batch_is_not_copied_to_be_read_line_by_line() -> None:
    body = (b"x" * 799 + b"\n") * 10_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in numbered_lines(body)) == 10_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50_000
