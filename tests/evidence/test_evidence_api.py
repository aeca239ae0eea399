"""Evidence belongs to its reporter: whole or not there, unread by anybody else, gone with its key."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message

from ml.trust import BARE_LOG, MESSAGE_OR_RECORDING
from service.database import DatabaseUnavailableError
from service.evidence import store
from service.evidence.media import Examined, Examiner
from service.evidence.sealing import CHUNK_BYTES
from tests.clients import Api, minutes_ago, new_report, text_of_everything
from tests.evidence.evidence_files import MESSAGE, archive, attach, picture, recording
from tests.waiting import until

LONG = recording(10)  # three chunks


async def attached(reporter: httpx.AsyncClient, address: str, content: bytes = LONG) -> str:
    """Address of a new piece of evidence."""
    answer = await attach(reporter, address, content)
    assert answer.status_code == 201, answer.text
    return f"{address}/evidence/{answer.json()['evidence_id']}"


def objects(api: Api) -> list[str]:
    """What lies in the vault, finished or not."""
    return sorted(path.name for path in api.settings.evidence_dir.iterdir())


async def weight(api: Api) -> float:
    """What the one report weighs."""
    ((found,),) = await api.fetch("SELECT evidence_weight FROM reports WHERE retracted_at IS NULL")
    return float(found)


def form(content: bytes) -> tuple[bytes, bytes]:
    """A form with a file, in two parts."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    half = len(content) // 2
    return head + content[:half], content[half:] + b"\r\n--x--\r\n"


def code(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["code"]


async def test_evidence_is_listed_and_comes_back_as_it_was(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    made = await attach(reporter, address, LONG, name="../../x.exe", media_type="application/x-evil")
    assert made.status_code == 201
    piece = made.json()
    assert piece["media_type"] == "audio/wav"
    assert (piece["size"], piece["sha256"]) == (len(LONG), hashlib.sha256(LONG).hexdigest())
    assert (await reporter.get(f"{address}/evidence")).json() == {"evidence": [piece]}
    answer = await reporter.get(f"{address}/evidence/{piece['evidence_id']}")
    assert answer.content == LONG
    assert "x.exe" not in await text_of_everything(api.database)


async def test_a_download_is_an_attachment_that_nothing_shows_or_keeps(api: Api) -> None:
    reporter = await api.reporter()
    answer = await reporter.get(await attached(reporter, await new_report(reporter)))
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="evidence-')
    assert name.endswith('.wav"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Length"] == str(len(LONG))
    assert answer.headers["Content-Type"] == "audio/wav"


async def test_what_is_stored_is_encrypted_and_its_key_is_wrapped(api: Api) -> None:
    reporter = await api.reporter()
    await attached(reporter, await new_report(reporter))
    (name,) = objects(api)
    stored = (api.settings.evidence_dir / name).read_bytes()
    assert LONG[:44] not in stored
    ((wrapped, evidence_id),) = await api.fetch("SELECT wrapped_key, evidence_id FROM evidence")
    assert api.keys.unwrap_key(wrapped, evidence_id.bytes) not in await everything(api)


async def everything(api: Api) -> bytes:
    return (await text_of_everything(api.database)).encode() + b"".join(
        path.read_bytes() for path in api.settings.evidence_dir.iterdir()
    )


async def exchanged(
    api: Api, client: httpx.AsyncClient, path: str, *messages: Message, **scope: Any
) -> list[Message]:
    """What the application sends when it is sent these messages, then learns that the client has gone."""
    headers = [(name.lower(), value) for name, value in client.headers.raw] + scope.pop("headers", [])
    plain = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "client": None, "scheme": "http", "server": None, "root_path": ""}  # fmt: skip
    waiting, sent = list(messages), []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await api.app(plain | scope, receive, send)
    return sent


@pytest.mark.parametrize("place", [0, CHUNK_BYTES + 100, -1])
async def test_a_changed_object_is_never_given_out_whole(api: Api, place: int) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    (name,) = objects(api)
    path = api.settings.evidence_dir / name
    stored = bytearray(path.read_bytes())
    stored[place] ^= 1
    path.write_bytes(stored)
    if place >= 0:
        assert code(await reporter.get(address)) == (500, "evidence_damaged")
        return
    _, *parts = await exchanged(api, reporter, address)
    assert b"".join(part["body"] for part in parts) in LONG[:-1]
    assert all(part["more_body"] for part in parts), "the client must see that something is missing"


async def test_a_lost_object_is_told_as_one(api: Api) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    for name in objects(api):
        (api.settings.evidence_dir / name).unlink()
    assert code(await reporter.get(address)) == (500, "evidence_damaged")
    assert (await reporter.delete(address)).status_code == 204


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_anothers_evidence_does_not_exist(api: Api, method: str) -> None:
    reporter, another = await api.reporter(), await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    own = await new_report(another)
    evidence_id = address.rpartition("/")[2]
    for path in (address, f"{own}/evidence/{evidence_id}", f"{own}/evidence/{uuid4()}"):
        assert code(await another.request(method, path)) == (404, "not_found")
    assert code(await another.get(address.rpartition("/")[0])) == (404, "not_found")
    assert code(await attach(another, address.partition("/evidence")[0], LONG)) == (404, "not_found")
    assert len(objects(api)) == await api.count("evidence") == 1


async def test_deleting_evidence_destroys_its_key_and_its_object(api: Api) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    assert (await reporter.delete(address)).status_code == 204
    assert (objects(api), await api.count("evidence")) == ([], 0)
    assert code(await reporter.get(address)) == (404, "not_found")
    assert code(await reporter.delete(address)) == (404, "not_found")


async def test_the_same_content_twice_is_one_piece_of_evidence(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    first = await attach(reporter, address, LONG)
    again = await attach(reporter, address, LONG, name="other.mp3")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(objects(api)) == await api.count("evidence") == 1


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (b"", 422, "evidence_empty"),
        (archive(), 415, "evidence_type_refused"),
        (b"MZ\x90\0" + bytes(100_000), 415, "evidence_type_refused"),
        (b"<svg onload='x'/>", 415, "evidence_type_refused"),
        (recording(70), 413, "evidence_too_large"),
    ],
)
async def test_what_is_refused_is_not_stored(api: Api, content: bytes, status: int, problem: str) -> None:
    api.settings.__dict__["evidence_max_bytes"] = 1024 * 1024
    reporter = await api.reporter()
    address = await new_report(reporter)
    answer = await attach(reporter, address, content)
    assert code(answer) == (status, problem)
    assert not answer.json()["detail"].isascii()
    assert (objects(api), await api.count("evidence")) == ([], 0)


BOUNDARY = "x-boundary"
PART = 'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
OTHER = PART.replace("file", "other", 1)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", "{}"),
        ("multipart/form-data", f"--{BOUNDARY}\r\n{PART}x\r\n--{BOUNDARY}--"),
        (None, "no form"),
        (None, f"--{BOUNDARY}--\r\n"),
        (None, f"--{BOUNDARY}\r\n{PART}text that never ends"),
        (None, f"--{BOUNDARY}\r\n{OTHER[:-4]}x\r\n--{BOUNDARY}--"),
        (None, f"--{BOUNDARY}\r\n{OTHER}x\r\n--{BOUNDARY}--"),
        (None, f"--{BOUNDARY}\r\n\r\nx\r\n--{BOUNDARY}--"),
        (None, f"--{BOUNDARY}\r\n{PART}x\r\n--{BOUNDARY}\r\n{PART}y\r\n--{BOUNDARY}--"),
        (None, f"--{BOUNDARY}\r\n{PART}x\r\n--{BOUNDARY}\r\n\r\ny\r\n--{BOUNDARY}--"),
    ],
)
async def test_a_form_without_exactly_one_whole_file_is_refused(
    api: Api, content_type: str | None, body: str
) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    headers = {"Content-Type": content_type or f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await reporter.post(f"{address}/evidence", content=body.encode(), headers=headers)
    assert code(answer) == (400, "evidence_form_invalid")
    assert (objects(api), await api.count("evidence")) == ([], 0)


async def test_an_upload_that_breaks_off_leaves_nothing(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
    half = f"--{BOUNDARY}\r\n{PART}".encode() + LONG
    request: Message = {"type": "http.request", "body": half, "more_body": True}
    await exchanged(api, reporter, f"{address}/evidence", request, method="POST", headers=headers)
    assert (objects(api), await api.count("evidence")) == ([], 0)


async def test_an_object_whose_row_is_in_doubt_is_left_to_the_sweep(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may have gone away after the commit: deleting the object would leave a row without one."""

    async def away(*_arguments: object, **_named: object) -> None:
        raise DatabaseUnavailableError

    reporter = await api.reporter()
    address = await new_report(reporter)
    monkeypatch.setattr(store, "insert_evidence", away)
    answer = await attach(reporter, address, LONG)
    assert code(answer) == (503, "database_unavailable")
    assert (len(objects(api)), await api.count("evidence")) == (1, 0)


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
    assert code(await attach(reporter, second, recording(1.5))) == (409, "too_much_evidence")
    await attached(reporter, second, recording(0.5))


async def test_what_has_no_room_is_refused_before_it_is_taken_in(api: Api) -> None:
    api.settings.__dict__["evidence_max_total_bytes"] = 300_000
    reporter = await api.reporter()
    address = await new_report(reporter)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(40):
            read += 1
            yield bytes(10_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "400000"}
    answer = await reporter.post(f"{address}/evidence", content=body(), headers=headers)
    assert code(answer) == (409, "too_much_evidence")
    assert read == 0


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
        return bool(api.state["uploads"]._under_way.total() == 4)

    await until(are_under_way)
    refused = await attach(reporter, address, recording(2))
    assert code(refused) == (429, "too_many_at_once")
    assert refused.headers["Retry-After"]
    await attached(other, await new_report(other))
    go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(*sending)] == [201] * 4
    await attached(reporter, address, recording(2))
    assert api.state["uploads"]._under_way == {}


async def test_an_upload_that_takes_too_long_gives_its_place_to_others_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.take.UPLOAD_SECONDS", 0.05)
    reporter = await api.reporter()
    address = await new_report(reporter)

    async def slow() -> AsyncIterator[bytes]:
        yield form(recording(1))[0]
        await asyncio.sleep(3600)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await reporter.post(f"{address}/evidence", content=slow(), headers=headers)
    assert code(answer) == (408, "upload_too_slow")
    assert (objects(api), api.state["uploads"]._under_way) == ([], {})


async def test_a_text_is_examined_beside_the_event_loop(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    finish = Examiner.finish

    def noted(self: Examiner) -> Examined:
        threads.append(threading.current_thread())
        return finish(self)

    monkeypatch.setattr(Examiner, "finish", noted)
    reporter = await api.reporter()
    await attached(reporter, await new_report(reporter), MESSAGE)
    assert threads != [threading.main_thread()]
    assert len(threads) == 1


async def test_a_retracted_report_takes_no_evidence(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    await reporter.delete(address)
    assert code(await attach(reporter, address, LONG)) == (409, "report_retracted")
    assert objects(api) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (recording(1), MESSAGE_OR_RECORDING),
        (MESSAGE, MESSAGE_OR_RECORDING),
        (recording(0.1), BARE_LOG),
        ("别的号码 19790005678".encode(), BARE_LOG),
        (picture(), BARE_LOG),
    ],
    ids=["recording", "message", "too short", "another number", "picture"],
)
async def test_a_report_weighs_what_its_evidence_is_worth(api: Api, content: bytes, expected: float) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    assert await weight(api) == BARE_LOG
    piece = await attached(reporter, address, content)
    assert await weight(api) == expected
    ((evidence,),) = await api.fetch("SELECT evidence FROM daily_signals")
    assert evidence == (expected > 1)
    await reporter.delete(piece)
    assert await weight(api) == BARE_LOG
    assert (await api.fetch("SELECT evidence FROM daily_signals"))[0][0] == 0


async def test_one_recording_raises_one_report_of_a_number_and_of_a_reporter(api: Api) -> None:
    reporter, another = await api.reporter(), await api.reporter(cluster=2)
    await attached(reporter, await new_report(reporter))
    await attached(another, await new_report(another))
    await attached(reporter, await new_report(reporter, number="19790005678"))
    weights = [row[0] for row in await api.fetch("SELECT evidence_weight FROM reports")]
    assert sorted(weights) == [BARE_LOG, BARE_LOG, MESSAGE_OR_RECORDING]


async def test_evidence_counts_once_a_report_however_much_there_is(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    for sound in range(3):
        await attached(reporter, address, recording(1, sound=sound))
    assert await weight(api) == MESSAGE_OR_RECORDING
    assert (await api.fetch("SELECT evidence FROM daily_signals"))[0][0] == 1
