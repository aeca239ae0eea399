"""Owners attach pictures and documents to their disputes, for moderators and nobody else."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from service.disputes import proof
from service.disputes.proof import MOST_FILES
from service.edge.access import Scope
from tests.clients import Api, text_of_everything
from tests.disputes.dispute_requests import PNG, decided, opened

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
async def owner(api: Api) -> httpx.AsyncClient:
    return await api.owner()


async def test_a_proof_is_stored_sealed_listed_and_read_by_owner_and_moderators(
    api: Api, owner: httpx.AsyncClient
) -> None:
    address = await opened(owner)
    for content, media_type in ((PNG, "image/png"), (PDF, "application/pdf")):
        stored = await owner.post(f"{address}/proofs", content=content)
        assert (stored.status_code, stored.json()["media_type"]) == (201, media_type), stored.text
    listed = (await owner.get(address)).json()["proofs"]
    assert [one["size"] for one in listed] == [len(PNG), len(PDF)]
    assert PNG.hex()[20:80] not in await text_of_everything(api.database)
    moderator = await api.partner(Scope.MODERATOR, source=None)
    place = f"proofs/{listed[0]['proof_id']}"
    for client, path in ((owner, f"{address}/{place}"), (moderator, f"/v1/moderation{address[3:]}/{place}")):
        read = await client.get(path)
        assert (read.status_code, read.content) == (200, PNG)
        assert read.headers["Content-Disposition"].startswith("attachment;")
    judged = (await moderator.get(f"/v1/moderation{address[3:]}")).json()
    assert judged["proofs"] == listed


async def test_a_proof_that_comes_too_slowly_gives_its_place_to_others_and_leaves_nothing(
    api: Api, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "UPLOAD_SECONDS", 0.05)
    address = await opened(owner)

    async def slow() -> AsyncIterator[bytes]:
        yield PNG[:20]
        await asyncio.Event().wait()

    answer = await owner.post(f"{address}/proofs", content=slow())
    assert (answer.status_code, answer.json()["code"]) == (408, "upload_too_slow")
    assert (await api.count("dispute_proofs"), api.state["uploads"].under_way) == (0, 0)


async def test_nobody_else_reads_or_attaches_one(api: Api, owner: httpx.AsyncClient) -> None:
    address = await opened(owner)
    proof_id = (await owner.post(f"{address}/proofs", content=PNG)).json()["proof_id"]
    other = await api.owner("+8619790005555")
    for answer in (
        await other.get(f"{address}/proofs/{proof_id}"),
        await other.delete(f"{address}/proofs/{proof_id}"),
        await other.post(f"{address}/proofs", content=PNG),
    ):
        assert answer.status_code == 404
    assert await api.count("dispute_proofs") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a text",
        b"PK\x03\x04" + b"\0" * 60,
        b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40,
        b"<svg/>",
        PNG + b"x" * 5_242_880,
    ],
    ids=["nothing", "text", "archive", "sound", "markup", "too large"],
)
async def test_what_is_no_picture_or_document_or_too_large_is_refused(
    api: Api, owner: httpx.AsyncClient, content: bytes
) -> None:
    address = await opened(owner)
    refused = await owner.post(f"{address}/proofs", content=content)
    assert refused.json()["code"] in ("proof_refused", "evidence_type_refused")
    assert await api.count("dispute_proofs") == 0


async def test_proofs_are_bounded_attached_once_and_deleted(api: Api, owner: httpx.AsyncClient) -> None:
    address = await opened(owner)
    answers = [
        await owner.post(f"{address}/proofs", content=PDF + b"%%EOF\n" * place) for place in range(MOST_FILES)
    ]
    again = await owner.post(f"{address}/proofs", content=PDF)
    assert again.json() == answers[0].json()
    assert (await owner.post(f"{address}/proofs", content=PNG)).json()["code"] == "too_many_proofs"
    proof = f"{address}/proofs/{answers[0].json()['proof_id']}"
    assert [(await owner.delete(proof)).status_code for _ in range(2)] == [204, 404]
    assert (await owner.post(f"{address}/proofs", content=PNG)).status_code == 201
    assert (await decided(api, address)).status_code == 200
    await owner.delete(f"{address}/proofs/{answers[1].json()['proof_id']}")
    assert (await owner.post(f"{address}/proofs", content=PDF)).json()["code"] == "dispute_closed"


async def test_the_digest_of_a_proof_is_taken_beside_the_loop(
    owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await opened(owner)
    threads: list[int] = []

    def sha256(content: bytes) -> Any:
        threads.append(threading.get_ident())
        return hashlib.sha256(content)

    monkeypatch.setattr(proof, "hashlib", SimpleNamespace(sha256=sha256))
    assert (await owner.post(f"{address}/proofs", content=PNG)).status_code == 201
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


@pytest.mark.parametrize(
    "part",
    [
        b"<</S /JavaScript /JS (app.alert(1))>>",
        b"<</S/Launch/F(cmd.exe)>>",
        b"<</Names<</EmbeddedFiles 3 0 R>>>>",
        b"<</Type/EmbeddedFile/Length 9>>",
        b"<</Subtype/RichMedia>>",
        b"<</S /J#61vaScr#69pt>>",
        b"<</S /#4A#61#76#61#53cript>>",
    ],
)
def test_a_pdf_that_acts_is_known_by_the_names_in_it(part: bytes) -> None:
    assert proof.acts(PDF.replace(b"<<>>", part, 1))


@pytest.mark.parametrize(
    "part", [b"<<>>", b"(JavaScript)", b"<</OpenAction[3 0 R/Fit]>>", b"<</JavaScrip 1>>"]
)
def test_a_pdf_that_only_shows_pages_does_not_act(part: bytes) -> None:
    assert not proof.acts(PDF.replace(b"<<>>", part, 1))


async def test_a_proof_that_acts_is_refused_and_told_what_to_send(api: Api, owner: httpx.AsyncClient) -> None:
    answer = await owner.post(
        f"{await opened(owner)}/proofs", content=PDF.replace(b"<<>>", b"<</S/JavaScript>>", 1)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "proof_refused")
    assert "扫描件或照片" in answer.json()["detail"]
    assert await api.count("dispute_proofs") == 0
