"""Evidence belongs to its reporter: whole or not there, unread by anybody else, gone with its key."""

import hashlib
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message

from service.database import DatabaseUnavailableError
from service.evidence import store
from service.evidence.sealing import CHUNK_BYTES
from tests.clients import Api, new_report, refusal, text_of_everything
from tests.evidence.evidence_files import archive, attach, recording
from tests.evidence.uploads import LONG, attached, objects


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
        assert refusal(await reporter.get(address)) == (500, "evidence_damaged")
        return
    _, *parts = await exchanged(api, reporter, address)
    assert b"".join(part["body"] for part in parts) in LONG[:-1]
    assert all(part["more_body"] for part in parts), "the client must see that something is missing"


async def test_a_lost_object_is_told_as_one(api: Api) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    for name in objects(api):
        (api.settings.evidence_dir / name).unlink()
    assert refusal(await reporter.get(address)) == (500, "evidence_damaged")
    assert (await reporter.delete(address)).status_code == 204


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_anothers_evidence_does_not_exist(api: Api, method: str) -> None:
    reporter, another = await api.reporter(), await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    own = await new_report(another)
    evidence_id = address.rpartition("/")[2]
    for path in (address, f"{own}/evidence/{evidence_id}", f"{own}/evidence/{uuid4()}"):
        assert refusal(await another.request(method, path)) == (404, "not_found")
    assert refusal(await another.get(address.rpartition("/")[0])) == (404, "not_found")
    assert refusal(await attach(another, address.partition("/evidence")[0], LONG)) == (404, "not_found")
    assert len(objects(api)) == await api.count("evidence") == 1


async def test_deleting_evidence_destroys_its_key_and_its_object(api: Api) -> None:
    reporter = await api.reporter()
    address = await attached(reporter, await new_report(reporter))
    assert (await reporter.delete(address)).status_code == 204
    assert (objects(api), await api.count("evidence")) == ([], 0)
    assert refusal(await reporter.get(address)) == (404, "not_found")
    assert refusal(await reporter.delete(address)) == (404, "not_found")


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
    assert refusal(answer) == (status, problem)
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
    assert refusal(answer) == (400, "evidence_form_invalid")
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
    assert refusal(answer) == (503, "database_unavailable")
    assert (len(objects(api)), await api.count("evidence")) == (1, 0)


async def test_a_retracted_report_takes_no_evidence(api: Api) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    await reporter.delete(address)
    assert refusal(await attach(reporter, address, LONG)) == (409, "report_retracted")
    assert objects(api) == []
