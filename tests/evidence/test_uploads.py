"""A large file arrives in parts, and goes on after whatever interrupts it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from service.app import create_app
from service.evidence import uploads, uploads_store
from service.evidence.rewrap import Rewrapped, rewrap
from service.evidence.sealing import SEALED_BYTES
from service.evidence.sweep import sweep
from tests.clients import Api, new_report, refusal
from tests.clients import lifespan as run
from tests.evidence.evidence_files import archive, iso_media, recording
from tests.evidence.uploads import objects

VIDEO = iso_media(b"mp42") + bytes(range(256)) * 2000
DIGEST = hashlib.sha256(VIDEO).hexdigest()


async def begun(reporter: httpx.AsyncClient, report: str, content: bytes = VIDEO, **told: object) -> str:
    """Address of a new upload of a content."""
    answer = await reporter.post(f"{report}/uploads", json={"size": len(content), **told})
    assert answer.status_code == 201, answer.text
    assert answer.json()["received"] == 0
    return answer.headers["Location"]


async def send(reporter: httpx.AsyncClient, address: str, part: object, offset: int | None) -> httpx.Response:
    """Send a part."""
    headers = {"Content-Type": "application/octet-stream"}
    if offset is not None:
        headers["Upload-Offset"] = str(offset)
    return await reporter.patch(address, content=part, headers=headers)  # type: ignore[arg-type]


async def test_a_file_arrives_in_parts_and_is_evidence_with_the_last(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter)
    address = await begun(reporter, report, sha256=DIGEST, file_name="DCIM/催收.mp4", caption=" 上门\n录像 ")
    for start, end in ((0, 100), (100, 200_000), (200_000, len(VIDEO) - 1)):
        answer = await send(reporter, address, VIDEO[start:end], start)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["received"], answer.json()["evidence_id"]) == (end, None)
        assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == (str(end), "?0")
    assert len(objects(api)) == 3
    done = await send(reporter, address, VIDEO[-1:], len(VIDEO) - 1)
    assert done.headers["Upload-Complete"] == "?1"
    (piece,) = (await reporter.get(f"{report}/evidence")).json()["evidence"]
    assert piece["evidence_id"] == done.json()["evidence_id"]
    assert (piece["media_type"], piece["size"], piece["sha256"]) == ("video/mp4", len(VIDEO), DIGEST)
    assert (piece["file_name"], piece["caption"]) == ("催收.mp4", "上门 录像")
    assert (await reporter.get(f"{report}/evidence/{piece['evidence_id']}")).content == VIDEO
    assert objects(api) == [piece["evidence_id"]], "the parts have gone"
    again = await send(reporter, address, VIDEO[-1:], len(VIDEO) - 1)
    assert again.json()["evidence_id"] == piece["evidence_id"], "the last answer may not have arrived"
    assert (await api.fetch("SELECT sealed FROM evidence_uploads"))[0][0] is None


async def test_an_upload_goes_on_after_a_restart_of_the_service(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter)
    address = await begun(reporter, report)
    await send(reporter, address, VIDEO[:70_000], 0)
    async with run(create_app(api.settings)) as (app, _):
        transport = httpx.ASGITransport(app, client=("203.0.113.8", 40000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://dunwatch", headers=reporter.headers
        ) as other:
            state = await other.head(address)
            assert (state.headers["Upload-Offset"], state.headers["Upload-Complete"]) == ("70000", "?0")
            assert (await send(other, address, VIDEO[70_000:], 70_000)).json()["evidence_id"]
    (piece,) = (await reporter.get(f"{report}/evidence")).json()["evidence"]
    assert piece["sha256"] == DIGEST


async def test_what_arrives_before_a_connection_breaks_off_stays(api: Api) -> None:
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    sent = iter([VIDEO[:50_000], VIDEO[50_000:90_000]])

    async def receive() -> dict[str, object]:
        piece = next(sent, None)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def ignore(_message: object) -> None:
        """Nobody is there any more."""

    token = reporter.headers["authorization"].encode()
    scope = {
        "type": "http", "method": "PATCH", "path": address, "raw_path": address.encode(), "query_string": b"",
        "scheme": "http", "http_version": "1.1", "server": ("dunwatch", 80), "client": ("203.0.113.7", 40000),
        "headers": [(b"host", b"dunwatch"), (b"authorization", token), (b"upload-offset", b"0")],
    }  # fmt: skip
    await api.app(scope, receive, ignore)
    assert (await reporter.get(address)).json()["received"] == 90_000
    assert (await send(reporter, address, VIDEO[90_000:], 90_000)).json()["evidence_id"]
    assert await api.fetch("SELECT sha256 FROM evidence") == [(bytes.fromhex(DIGEST),)]


async def test_what_arrives_too_slowly_stays_as_well(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.evidence.passage.UPLOAD_SECONDS", 0.05)
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))

    async def slow() -> AsyncIterator[bytes]:
        yield VIDEO[:60_000]
        await asyncio.sleep(3600)

    assert refusal(await send(reporter, address, slow(), 0)) == (408, "upload_too_slow")
    assert (await reporter.get(address)).json()["received"] == 60_000
    assert api.state["uploads"].under_way == 0


async def test_a_part_begins_where_the_upload_ends_also_when_two_come_at_once(api: Api) -> None:
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    answers = await asyncio.gather(*(send(reporter, address, VIDEO[:1000], 0) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.headers["Upload-Offset"] for answer in answers} == {"1000"}
    assert len(objects(api)) == 1
    for offset in (None, 0, 999, 1001):
        answer = await send(reporter, address, VIDEO[:10], offset)
        assert refusal(answer) == (409, "upload_offset_wrong")
        assert answer.headers["Upload-Offset"] == "1000"
    assert refusal(await send(reporter, address, VIDEO, 1000)) == (422, "upload_beyond_size")
    assert (await reporter.get(address)).json()["received"] == 1000


async def test_more_than_was_announced_is_noticed_without_a_length(api: Api) -> None:
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter), VIDEO[:100_000])

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield VIDEO[:50_000]

    assert refusal(await send(reporter, address, endless(), 0)) == (422, "upload_beyond_size")
    assert objects(api) == []


async def test_a_file_that_is_not_taken_leaves_nothing(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter)
    for content, sha256, code in (
        (archive() + bytes(5000), None, "evidence_type_refused"),
        (b"\xff" * 3000, None, "evidence_type_refused"),
        (VIDEO, "0" * 64, "evidence_digest_wrong"),
    ):
        address = await begun(reporter, report, content, sha256=sha256)
        answer = await send(reporter, address, content, 0)
        assert answer.json()["code"] == code
        assert (await reporter.get(address)).status_code == 404
        assert (objects(api), await api.count("evidence_parts")) == ([], 0)


async def test_only_a_video_may_be_as_large_as_one(api: Api) -> None:
    api.settings.__dict__["evidence_max_bytes"] = 20_000
    api.settings.__dict__["evidence_max_video_bytes"] = 600_000
    reporter = await api.reporter()
    report = await new_report(reporter)
    too_large = await reporter.post(f"{report}/uploads", json={"size": 600_001})
    assert refusal(too_large) == (413, "evidence_too_large")
    assert "不要剪辑" in too_large.json()["detail"]
    sound = recording(2)
    answer = await send(reporter, await begun(reporter, report, sound), sound[:5000], 0)
    assert refusal(answer) == (413, "evidence_too_large"), "before the rest of it is sent"
    assert (await send(reporter, await begun(reporter, report), VIDEO, 0)).json()["evidence_id"]


async def test_what_is_announced_counts_before_it_arrives(api: Api) -> None:
    api.settings.__dict__["evidence_max_total_bytes"] = 600_000
    reporter, other = await api.reporter(), await api.reporter(cluster=2)
    report = await new_report(reporter)
    address = await begun(reporter, report)
    assert refusal(await reporter.post(f"{report}/uploads", json={"size": 100_000})) == (
        409,
        "too_much_evidence",
    )
    assert (await reporter.delete(address)).status_code == 204
    assert (await reporter.delete(address)).status_code == 404
    for _ in range(uploads.MOST_OPEN):
        await begun(reporter, report, b"x")
    assert refusal(await reporter.post(f"{report}/uploads", json={"size": 1})) == (409, "too_much_evidence")
    assert (await other.get(address)).status_code == 404


async def test_what_is_abandoned_is_removed(api: Api) -> None:
    reporter = await api.reporter()
    vault, now = api.state["vault"], datetime.now(UTC)
    report = await new_report(reporter)
    address = await begun(reporter, report)
    await send(reporter, address, VIDEO[:SEALED_BYTES], 0)
    assert await sweep(api.database, vault, now + timedelta(hours=2)) == 0
    assert len(objects(api)) == 1
    assert (await reporter.delete(report)).status_code in (200, 204)
    await sweep(api.database, vault, now + uploads_store.ABANDONED + timedelta(seconds=5))
    assert (objects(api), await api.count("evidence_uploads"), await api.count("evidence_parts")) == (
        [],
        0,
        0,
    )


async def test_a_part_is_wrapped_anew_as_evidence_is(api: Api) -> None:
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    await send(reporter, address, VIDEO[:1000], 0)
    keys = replace(api.keys, evidence_key=bytes(32), previous_evidence_key=api.keys.evidence_key)
    assert await rewrap(api.database, keys, lambda _: None) == Rewrapped(wrapped=1)
    assert await rewrap(api.database, keys, lambda _: None) == Rewrapped(unchanged=1)
    ((part_id, wrapped),) = await api.fetch("SELECT part_id, wrapped_key FROM evidence_parts")
    assert replace(keys, previous_evidence_key=None).unwrap_key(wrapped, part_id.bytes)


async def test_an_upload_goes_with_its_reporter(api: Api) -> None:
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter), file_name="私人.mp4")
    await send(reporter, address, VIDEO[:1000], 0)
    assert "私人.mp4" in (await reporter.get("/v1/me")).text
    assert (await reporter.delete("/v1/me")).status_code == 204
    assert (await api.count("evidence_uploads"), await api.count("evidence_parts")) == (0, 0)
    await sweep(api.database, api.state["vault"], datetime.now(UTC) + timedelta(hours=2))
    assert objects(api) == []


async def test_a_call_log_that_came_in_parts_is_counted_and_read_again_with_a_year(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter, occurred_at="2026-03-01T12:00:00+08:00")
    log = (
        "2025年和2026年\n号码,时间,类型,时长\n"
        "19790001234,02-18 10:00:05,呼入,60\n19790001234,2026-02-19 10:00:05,呼入,60\n"
    ).encode()
    ids = set()
    for query, counted, asks in (("", 1, ["year"]), ("?year=2026", 2, [])):
        address = await begun(reporter, report, log, file_name="log.csv")
        half = await send(reporter, address + query, log[:50], 0)
        assert (half.json()["evidence_id"], half.json()["call_log"]) == (None, None)
        done = await send(reporter, address + query, log[50:], 50)
        assert done.status_code == 200, done.text
        told = done.json()["call_log"]
        assert (told["counted"], told["asks"]) == (counted, asks)
        assert (await reporter.get(address)).json()["call_log"] == told
        (listed,) = (await reporter.get(f"{report}/evidence")).json()["evidence"]
        assert listed["call_log"] == told
        ids.add(listed["evidence_id"])
        assert await api.count("logged_calls") == counted
    assert objects(api) == [*ids]
    assert (await reporter.get(f"{report}/findings")).json()["contacts"] == 3
