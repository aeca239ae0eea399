"""Evidence is taken up to so many pieces and bytes, and so many uploads at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from service.edge.in_flight import InFlight
from service.evidence.reserved import Reserved
from tests.clients import Api, minutes_ago, new_report, refusal
from tests.edge.test_envelope import Wire
from tests.evidence.evidence_files import attach, recording
from tests.evidence.uploads import attached, form, objects
from tests.waiting import until


async def test_a_report_takes_so_many_pieces_also_when_sent_at_once(api: Api) -> None:
    api.settings.__dict__["evidence_max_files"] = 2
    reporter = await api.reporter()
    address = await new_report(reporter)
    answers = await asyncio.gather(
        *(attach(reporter, address, recording(1, sound=sound)) for sound in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_much_evidence"}
    assert len(objects(api)) == await api.count("evidence") == 2


async def test_limits_of_size_are_told_in_megabytes(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    api.settings.__dict__["evidence_max_bytes"] = 2**20
    assert "超过 1 MB，" in (await attach(reporter, address, recording(70))).json()["detail"]
    api.settings.__dict__["evidence_max_total_bytes"] = 2**19
    assert "超过 0.5 MB，" in (await attach(reporter, address, recording(40))).json()["detail"]


async def test_a_reporter_keeps_so_many_bytes_in_all(api: Api) -> None:
    api.settings.__dict__["evidence_max_total_bytes"] = 30_000
    reporter = await api.reporter()
    first, second = [
        await new_report(reporter, occurred_at=minutes_ago(minutes).isoformat()) for minutes in (10, 20)
    ]
    await attached(reporter, first, recording(1))
    assert refusal(await attach(reporter, second, recording(1.5))) == (409, "too_much_evidence")
    await attached(reporter, second, recording(0.5))


async def test_what_has_no_room_is_refused_before_it_is_taken_in(api: Api) -> None:
    api.settings.__dict__["evidence_max_total_bytes"] = 300_000
    reporter = await api.reporter()
    address = await new_report(reporter)
    wire = Wire([bytes(10_000)] * 40)  # what is dropped after the answer does not count
    headers = [
        (b"authorization", reporter.headers["authorization"].encode()),
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"content-length", b"400000"),
    ]
    await wire.request(api.app, "POST", f"{address}/evidence", headers)
    assert wire.refusal == (409, "too_much_evidence")
    assert wire.read == 0


async def test_so_many_uploads_of_one_reporter_run_at_once_and_others_are_not_held_up(api: Api) -> None:
    reporter, other = await api.reporter(), await api.reporter()
    address = await new_report(reporter)
    go_on = asyncio.Event()

    async def slow(sound: int) -> AsyncIterator[bytes]:
        head, tail = form(recording(1, sound=sound))
        yield head
        await go_on.wait()
        yield tail

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    sending = [
        asyncio.create_task(reporter.post(f"{address}/evidence", content=slow(sound), headers=headers))
        for sound in range(4)
    ]

    async def are_under_way() -> bool:
        return bool(api.state["uploads"].under_way == 4)

    await until(are_under_way)
    refused = await attach(reporter, address, recording(2))
    assert refusal(refused) == (429, "too_many_at_once")
    assert refused.headers["Retry-After"]
    await attached(other, await new_report(other))
    go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(*sending)] == [201] * 4
    await attached(reporter, address, recording(2))
    assert api.state["uploads"].under_way == 0


async def test_an_upload_that_takes_too_long_gives_its_place_to_others_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.passage.UPLOAD_SECONDS", 0.05)
    reporter = await api.reporter()
    address = await new_report(reporter)

    async def slow() -> AsyncIterator[bytes]:
        yield form(recording(1))[0]
        await asyncio.sleep(3600)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await reporter.post(f"{address}/evidence", content=slow(), headers=headers)
    assert refusal(answer) == (408, "upload_too_slow")
    assert (objects(api), api.state["uploads"].under_way) == ([], 0)


async def test_an_upload_that_stalls_gives_its_place_to_whoever_asks_for_one(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.edge.in_flight.STALLED_SECONDS", 0.0)
    monkeypatch.setitem(api.state, "uploads", InFlight(in_all=2, each=2))
    stalled, other = await api.reporter(), await api.reporter()
    address = await new_report(stalled)

    async def stalling() -> AsyncIterator[bytes]:
        yield form(recording(1))[0]
        await asyncio.sleep(3600)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    sending = [
        asyncio.create_task(stalled.post(f"{address}/evidence", content=stalling(), headers=headers))
        for _ in range(2)
    ]

    async def are_under_way() -> bool:
        return bool(api.state["uploads"].under_way == 2)

    await until(are_under_way)
    await asyncio.sleep(0.05)
    await attached(other, await new_report(other))
    done, waiting = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    assert [refusal(task.result()) for task in done] == [(408, "request_timeout")]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_uploads_at_once_pass_no_limit_that_each_is_within(api: Api) -> None:
    api.settings.__dict__["evidence_max_total_bytes"] = 30_000
    api.state["reserved"] = Reserved(30_000)
    reporter = await api.reporter()
    address = await new_report(reporter)
    go_on, read = asyncio.Event(), 0

    async def slow() -> AsyncIterator[bytes]:
        head, tail = form(recording(1))
        yield head
        await go_on.wait()
        yield tail

    async def unannounced() -> AsyncIterator[bytes]:
        nonlocal read
        head, tail = form(recording(1, sound=2))
        yield head
        for at in range(0, len(tail), 1000):
            read += 1
            yield tail[at : at + 1000]

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    announced = headers | {"Content-Length": str(16_000 + 16 * 1024 + 400)}
    first = asyncio.create_task(reporter.post(f"{address}/evidence", content=slow(), headers=announced))

    async def is_under_way() -> bool:
        return bool(api.state["uploads"].under_way == 1)

    await until(is_under_way)
    assert refusal(await attach(reporter, address, recording(2))) == (409, "too_much_evidence")
    refused = await reporter.post(f"{address}/evidence", content=unannounced(), headers=headers)
    assert refusal(refused) == (409, "too_much_evidence")
    assert 0 < read < 16
    go_on.set()
    await first
    assert objects(api) == [] or len(objects(api)) == await api.count("evidence")
