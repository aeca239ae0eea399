"""Uploads in parts fill no disk: parts are few, count what they take, and what was given up stays so."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.evidence.room import LEAST_BYTES, Room
from service.evidence.take import Upload, store_file
from tests.clients import Api, new_report, refusal
from tests.evidence.test_uploads import VIDEO, begun, send
from tests.evidence.uploads import objects


async def test_an_upload_has_so_many_parts_and_each_counts_what_an_object_takes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.uploads.MOST_PARTS", 3)
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    for offset in range(3):
        assert (await send(reporter, address, VIDEO[offset : offset + 1], offset)).status_code == 200
    assert await api.fetch("SELECT bytes FROM evidence_days") == [(3 * LEAST_BYTES,)]
    refused = await send(reporter, address, VIDEO[3:4], 3)
    assert refusal(refused) == (409, "too_much_evidence")
    assert "重新开始" in refused.json()["detail"]
    assert len(objects(api)) == 3


async def test_the_last_part_that_may_come_can_be_the_last(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.evidence.uploads.MOST_PARTS", 2)
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    await send(reporter, address, VIDEO[:9000], 0)
    assert (await send(reporter, address, VIDEO[9000:], 9000)).json()["evidence_id"]


async def test_a_part_of_unknown_length_is_bounded_before_and_while_it_arrives(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.uploads.LOOK_BYTES", 100_000)
    reporter = await api.reporter()
    address = await begun(reporter, await new_report(reporter))
    put: list[object] = []
    vault = api.state["vault"]
    original = vault.put

    async def counted(*given: Any) -> Any:
        put.append(given[0])
        return await original(*given)

    monkeypatch.setattr(vault, "put", counted)

    async def body() -> AsyncIterator[bytes]:
        for start in range(0, len(VIDEO), 50_000):
            yield VIDEO[start : start + 50_000]

    api.settings.__dict__["evidence_network_day_bytes"] = len(VIDEO) - 1
    assert refusal(await send(reporter, address, body(), 0)) == (429, "evidence_of_network")
    assert put == [], "it is refused before anything of it is stored"
    api.settings.__dict__["evidence_network_day_bytes"] = 10**12
    full = iter([10**12, api.settings.evidence_reserve_bytes - 1])
    api.state["room"] = Room(api.settings, free=lambda _: next(full))
    assert refusal(await send(reporter, address, body(), 0)) == (507, "evidence_no_room")
    assert (objects(api), await api.count("evidence_parts")) == ([], 0)


async def test_what_is_given_up_while_it_is_put_together_is_no_evidence(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter)
    address = await begun(reporter, report)

    async def store_and_give_up(*given: Any, **named: Any) -> Upload:
        stored = await store_file(*given, **named)
        assert (await reporter.delete(address)).status_code == 204
        return stored

    monkeypatch.setattr("service.evidence.uploads.store_file", store_and_give_up)
    assert refusal(await send(reporter, address, VIDEO, 0)) == (404, "not_found")
    assert (await reporter.get(f"{report}/evidence")).json()["evidence"] == []
    assert (objects(api), await api.count("evidence_parts")) == ([], 0)


async def test_a_name_as_long_as_telephones_keep_them_is_shortened_and_no_error(api: Api) -> None:
    reporter = await api.reporter()
    report = await new_report(reporter)
    address = await begun(reporter, report, file_name="录" * 251 + ".mp4")
    assert (await send(reporter, address, VIDEO, 0)).json()["evidence_id"]
    (piece,) = (await reporter.get(f"{report}/evidence")).json()["evidence"]
    assert (len(piece["file_name"]), piece["file_name"][-4:]) == (200, ".mp4")
