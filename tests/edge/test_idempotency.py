"""`Idempotency-Key`: the same request twice is done once, in whatever order and however it ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from service.database import Connection, Database
from service.edge.idempotency import Once, Reply, answer, parse_key
from service.edge.old_keys import KEPT_FOR, delete_old_keys
from service.edge.problems import ProblemError
from tests.clients import Api, minutes_ago, report_body

KEY = {"Idempotency-Key": "a-key"}
NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_the_same_request_is_replayed(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body()
    first = await reporter.post("/v1/reports", json=body, headers=KEY)
    again = await reporter.post("/v1/reports", json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await api.count("reports") == 1


async def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.post("/v1/reports", json=report_body(), headers=KEY)
    answer = await reporter.post("/v1/reports", json=report_body(number="19790005678"), headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await api.count("reports") == 1


async def test_two_reporters_may_choose_the_same_key(api: Api) -> None:
    answers = [
        await (await api.reporter()).post("/v1/reports", json=report_body(), headers=KEY) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["report_id"] != answers[1].json()["report_id"]


async def test_a_refused_request_leaves_its_key_free(api: Api) -> None:
    reporter = await api.reporter()
    refused = await reporter.post("/v1/reports", json=report_body(number="x"), headers=KEY)
    assert refused.status_code == 422
    answer = await reporter.post("/v1/reports", json=report_body(), headers=KEY)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


async def test_a_request_that_failed_inside_leaves_its_key_free(api: Api) -> None:
    reporter = await api.reporter()
    await api.fetch("ALTER TABLE reports RENAME TO away")
    failed = await reporter.post("/v1/reports", json=report_body(), headers=KEY)
    assert failed.status_code == 500
    await api.fetch("ALTER TABLE away RENAME TO reports")
    assert (await reporter.post("/v1/reports", json=report_body(), headers=KEY)).status_code == 201


async def test_a_repetition_under_a_new_key_is_kept_as_what_it_was(api: Api) -> None:
    reporter = await api.reporter()
    await reporter.post("/v1/reports", json=report_body())
    for _ in range(2):
        answer = await reporter.post("/v1/reports", json=report_body(), headers=KEY)
        assert (answer.status_code, answer.json()["status"]) == (200, "repeated")


async def test_many_at_once_store_one_report_and_tell_the_others_to_wait(api: Api) -> None:
    reporter = await api.reporter()
    answers = await asyncio.gather(
        *(reporter.post("/v1/reports", json=report_body(), headers=KEY) for _ in range(12))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in done) == 1
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert all(answer.json()["code"] == "idempotency_in_flight" for answer in waiting)
    assert await api.count("reports") == 1


async def test_different_keys_of_one_reporter_do_not_hold_each_other_up(api: Api) -> None:
    reporter = await api.reporter()
    answers = await asyncio.gather(
        *(
            reporter.post(
                "/v1/reports",
                json=report_body(occurred_at=minutes_ago(n + 1).isoformat()),
                headers={"Idempotency-Key": f"key-{n}"},
            )
            for n in range(8)
        )
    )
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len(await api.fetch("SELECT FROM reports WHERE is_counted")) == 1


@pytest.mark.parametrize("key", [b"", b"with space", b"x" * 256, "ключ".encode(), b"tab\tinside"])
async def test_a_key_of_another_form_is_refused(api: Api, key: bytes) -> None:
    reporter = await api.reporter()
    answer = await reporter.post("/v1/reports", json=report_body(), headers={b"Idempotency-Key": key})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await api.count("reports") == 0


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("8e03978e", "8e03978e"), ('"8e03978e"', "8e03978e"), ('"a b"', "a b"), (r'"a\"b"', 'a"b'), (r'"a\\b"', r"a\b"),
        ('a"b', 'a"b'), (r"a\b", r"a\b"), ('"' + "x" * 255 + '"', "x" * 255), ('"' + '\\"' * 255 + '"', '"' * 255),
        ("x" * 255, "x" * 255), ("a;b=1", "a;b=1"),
    ],
)  # fmt: skip
def test_a_key_is_read_quoted_and_bare(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    "header",
    ["", '""', '"', '"a', 'a b', '"a"b', '"a";b=1', r'"a\b"', '"a\\"', '"\t"', '"é"', '"' + "x" * 256 + '"', "x" * 256],
)  # fmt: skip
def test_what_is_no_key_is_refused(header: str) -> None:
    with pytest.raises(ProblemError, match="idempotency_key_invalid"):
        parse_key(header)


async def test_a_key_is_the_same_quoted_and_bare(api: Api) -> None:
    reporter = await api.reporter()
    body = report_body()
    first = await reporter.post("/v1/reports", json=body, headers={"Idempotency-Key": "a-key"})
    again = await reporter.post("/v1/reports", json=body, headers={"Idempotency-Key": '"a-key"'})
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await api.count("reports") == 1


async def test_while_the_first_is_under_way_the_second_is_told_to_wait(database: Database) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    once = Once(b"principal", "key", b"request")

    async def slow(_connection: Connection) -> Reply:
        entered.set()
        await leave.wait()
        return Reply(201, b"done")

    async def never(_connection: Connection) -> Reply:
        raise AssertionError("done twice")

    first = asyncio.create_task(answer(database, once, NOW, slow))
    await entered.wait()
    with pytest.raises(ProblemError) as refused:
        await answer(database, once, NOW, never)
    assert refused.value.problem.code == "idempotency_in_flight"
    assert refused.value.headers["Retry-After"] == "1"
    leave.set()
    assert await first == Reply(201, b"done")
    assert await answer(database, once, NOW, never) == Reply(201, b"done", is_replay=True)


async def test_work_that_fails_stores_neither_itself_nor_its_key(database: Database) -> None:
    async def fails(connection: Connection) -> Reply:
        await connection.execute("INSERT INTO sources (name, weight) VALUES ('half', 1)")
        raise RuntimeError("half way")

    async def works(_connection: Connection) -> Reply:
        return Reply(201, b"done")

    once = Once(b"principal", "key", b"request")
    with pytest.raises(RuntimeError, match="half way"):
        await answer(database, once, NOW, fails)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sources WHERE name = 'half'") == 0
    assert await answer(database, once, NOW, works) == Reply(201, b"done")


async def test_keys_are_forgotten_after_a_day(database: Database) -> None:
    async def works(_connection: Connection) -> Reply:
        return Reply(201, b"done")

    once = Once(b"principal", "key", b"request")
    await answer(database, once, NOW, works)
    async with database.connection() as connection:
        await delete_old_keys(connection, NOW + KEPT_FOR)
        assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 1
        await delete_old_keys(connection, NOW + KEPT_FOR + timedelta(seconds=1))
        assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0
