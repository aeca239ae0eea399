"""Documents that are the same for everybody are written once, and not by the event loop."""

import asyncio
import threading

import orjson
import pytest

from service.app import load_api
from service.edge.written import Written
from service.rights import router
from service.rights.notice import privacy_notice
from tests.clients import Api


async def test_it_is_written_once_in_a_thread_however_many_ask() -> None:
    writers: list[int] = []

    def write() -> bytes:
        writers.append(threading.get_ident())
        return b"content"

    written = Written(write)
    assert await asyncio.gather(*(written.content() for _ in range(5))) == [b"content"] * 5
    assert len(writers) == 1
    assert writers[0] != threading.get_ident()


async def test_strangers_do_not_have_documents_written_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = await api.client(), 0
    load_api().openapi()

    def counted() -> object:
        nonlocal asked
        asked += 1
        return load_api().openapi_schema

    def noticed(settings: object) -> object:
        nonlocal asked
        asked += 1
        return privacy_notice(settings)  # type: ignore[arg-type]

    monkeypatch.setattr(load_api(), "openapi", counted)
    monkeypatch.setattr(router, "privacy_notice", noticed)
    router._written.cache_clear()
    for _ in range(3):
        document = await client.get("/openapi.json")
        assert document.json() == load_api().openapi_schema
        assert document.headers["content-type"] == "application/json"
        notice = await client.get("/v1/privacy")
        assert notice.content == privacy_notice(api.settings).model_dump_json().encode()
    head = await client.head("/openapi.json")
    assert (head.status_code, head.content) == (200, b"")
    assert (await client.post("/openapi.json")).status_code == 405
    assert asked == 2
    assert orjson.loads(notice.content)["tables"]
