"""Evidence is refused in words while the disk keeps a reserve, and reports go on."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from service.evidence.room import LOOK_BYTES, Origin, Room
from service.evidence.sweep import sweep
from tests.clients import Api, minutes_ago, new_report, refusal, report_body
from tests.evidence.evidence_files import attach, iso_media, recording
from tests.evidence.uploads import attached, form, objects


def room(api: Api, free: Iterator[int] | int, *, seconds: Iterator[float] | None = None) -> Room:
    """The room of an API on a disk with so much free space."""

    def of(_path: Path) -> int:
        return free if isinstance(free, int) else next(free)

    return Room(api.settings, free=of, clock=(lambda: next(seconds)) if seconds else lambda: 0.0)


async def reports_go_on(reporter: httpx.AsyncClient) -> None:
    answer = await reporter.post("/v1/reports", json=report_body(occurred_at=minutes_ago(77).isoformat()))
    assert answer.status_code == 201


async def test_while_the_disk_keeps_its_reserve_evidence_is_refused_and_reports_go_on(api: Api) -> None:
    api.settings.__dict__["evidence_reserve_bytes"] = 1_000_000
    api.state["room"] = room(api, 1_000_000)
    reporter = await api.reporter()
    address = await new_report(reporter)
    for answer in (
        await attach(reporter, address, recording()),
        await reporter.post(f"{address}/uploads", json={"size": 9}),
    ):
        assert refusal(answer) == (507, "evidence_no_room")
        assert int(answer.headers["Retry-After"]) > 0
        assert "举报不受影响" in answer.json()["detail"]
    english = await reporter.post(f"{address}/uploads", json={"size": 9}, headers={"Accept-Language": "en"})
    assert "Reports are still taken" in english.json()["detail"]
    await reports_go_on(reporter)
    assert objects(api) == []
    api.state["room"] = room(api, 1_100_000)
    await attached(reporter, address, recording())


async def test_a_disk_that_fills_up_meanwhile_ends_an_upload(api: Api) -> None:
    api.state["room"] = room(api, iter([10**12, api.settings.evidence_reserve_bytes - 1]))
    reporter = await api.reporter()
    address = await new_report(reporter)
    content = iso_media(b"mp42") + bytes(LOOK_BYTES)
    assert refusal(await attach(reporter, address, content)) == (507, "evidence_no_room")
    assert (objects(api), await api.count("evidence")) == ([], 0)


async def test_all_evidence_together_is_bounded(api: Api) -> None:
    size = len(recording())
    api.settings.__dict__["evidence_max_all_bytes"] = 2 * size + 1000
    first, second = await api.reporter(), await api.reporter(cluster=2)
    address = await new_report(second)
    own = await new_report(first)
    await attached(first, own, recording())
    assert (await second.post(f"{address}/uploads", json={"size": size})).status_code == 201
    await attached(second, address, recording(sound=2))
    assert refusal(await attach(first, own, recording(sound=3))) == (507, "evidence_no_room")
    await reports_go_on(first)


async def test_the_sum_of_all_is_asked_for_once_a_minute(api: Api) -> None:
    seconds = iter([0.0, 30.0, 59.0, 61.0])
    bounded = room(api, 10**12, seconds=seconds)
    reporter = await api.reporter()
    await attached(reporter, await new_report(reporter))
    origin = Origin(api.keys, "198.51.100.1", datetime.now(UTC))
    async with api.database.connection() as connection:
        await bounded.require(connection, origin, 1)
        api.settings.__dict__["evidence_max_all_bytes"] = 10**9
        await connection.execute("UPDATE evidence SET size = 1000000000")
        await bounded.require(connection, origin, 1)
        await bounded.require(connection, origin, 1)
        with pytest.raises(Exception, match="evidence_no_room"):
            await bounded.require(connection, origin, 1)


async def test_a_network_uploads_so_much_a_day(api: Api) -> None:
    size = len(recording())
    api.settings.__dict__["evidence_network_day_bytes"] = size + 5000
    first, second = await api.reporter(), await api.reporter(cluster=2)
    await attached(first, await new_report(first), recording())
    address = await new_report(second)
    for answer in (
        await attach(second, address, recording()),
        await second.post(f"{address}/uploads", json={"size": size}),
    ):
        assert refusal(answer) == (429, "evidence_of_network")
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    await reports_go_on(second)
    elsewhere = await api.client(
        second.headers["authorization"].removeprefix("Bearer "), address="198.51.100.9"
    )
    await attached(elsewhere, address, recording())
    await elsewhere.delete(
        f"{address}/evidence/{(await elsewhere.get(f'{address}/evidence')).json()['evidence'][0]['evidence_id']}"
    )
    assert refusal(await attach(elsewhere, address, recording(sound=5))) == (429, "evidence_of_network"), (
        "what was deleted was uploaded all the same"
    )


async def test_an_upload_of_unknown_length_counts_when_it_is_there(api: Api) -> None:
    api.settings.__dict__["evidence_network_day_bytes"] = 5000
    reporter = await api.reporter()
    address = await new_report(reporter)

    async def body() -> AsyncIterator[bytes]:
        for part in form(recording()):
            yield part

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await reporter.post(f"{address}/evidence", content=body(), headers=headers)
    assert refusal(answer) == (429, "evidence_of_network")
    assert (objects(api), await api.count("evidence"), await api.count("evidence_days")) == ([], 0, 0)


async def test_networks_are_forgotten_on_the_next_day(api: Api) -> None:
    reporter = await api.reporter()
    await attached(reporter, await new_report(reporter))
    ((network, size),) = await api.fetch("SELECT network, bytes FROM evidence_days")
    assert (len(network), size) == (16, 160_044)
    assert network != Origin(api.keys, "203.0.113.7", datetime.now(UTC) + timedelta(days=1)).network
    await sweep(api.database, api.state["vault"], datetime.now(UTC))
    assert await api.count("evidence_days") == 1
    await sweep(api.database, api.state["vault"], datetime.now(UTC) + timedelta(days=1))
    assert await api.count("evidence_days") == 0
