"""The master key of evidence can be changed while evidence comes and goes; nothing is lost, objects stay as they are."""

from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidTag

from service.evidence.rewrap import Rewrapped, rewrap
from service.secrets import PREVIOUS_EVIDENCE, KeyRing, change_evidence_key, load_key_ring
from tests.clients import Api, report_body
from tests.command_line import Dunwatch, Ended, Forking
from tests.evidence.evidence_files import attach, recording


async def attached(reporter: httpx.AsyncClient, count: int) -> None:
    report = await reporter.post("/v1/reports", json=report_body())
    for sound in range(count):
        address = f"/v1/reports/{report.json()['report_id']}"
        assert (await attach(reporter, address, recording(1, sound=sound))).status_code == 201


async def opened_by(api: Api, keys: KeyRing) -> int:
    """How many keys of evidence a key ring opens."""
    count = 0
    for evidence_id, wrapped in await api.fetch("SELECT evidence_id, wrapped_key FROM evidence"):
        try:
            keys.unwrap_key(wrapped, evidence_id.bytes)
        except InvalidTag:
            continue
        count += 1
    return count


async def test_what_was_wrapped_before_is_opened_until_it_is_wrapped_anew_and_then_by_the_new_key_alone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.evidence.rewrap.AT_ONCE", 2)
    directory = api.settings.keys_dir
    await attached(await api.reporter(), 5)
    old = load_key_ring(directory)
    change_evidence_key(directory)
    both = load_key_ring(directory)
    assert both.evidence_key != old.evidence_key
    assert await opened_by(api, both) == 5
    told: list[int] = []
    assert await rewrap(api.database, both, told.append) == Rewrapped(wrapped=5)
    assert told == [2, 4, 5]
    assert await rewrap(api.database, both, told.append) == Rewrapped(unchanged=5)
    (directory / PREVIOUS_EVIDENCE).unlink()
    assert await opened_by(api, load_key_ring(directory)) == 5
    assert await opened_by(api, old) == 0


async def test_what_no_key_opens_is_counted_and_left(api: Api) -> None:
    await attached(await api.reporter(), 2)
    await api.fetch(
        "UPDATE evidence SET wrapped_key = sha256(wrapped_key)"
        " WHERE evidence_id = (SELECT evidence_id FROM evidence ORDER BY evidence_id LIMIT 1)"
    )
    before = await api.fetch("SELECT wrapped_key FROM evidence ORDER BY evidence_id")
    change_evidence_key(api.settings.keys_dir)
    keys = load_key_ring(api.settings.keys_dir)
    assert await rewrap(api.database, keys, lambda _done: None) == Rewrapped(wrapped=1, lost=1)
    after = await api.fetch("SELECT wrapped_key FROM evidence ORDER BY evidence_id")
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_a_second_change_waits_for_the_end_of_the_first(forking: Forking, tmp_path: Path) -> None:
    def change() -> Ended:
        return Dunwatch(forking, {"DUNWATCH_DATA_DIR": str(tmp_path)})("evidence", "change-key")

    assert change().returncode == 0
    keys = load_key_ring(tmp_path / "keys")
    assert keys.previous_evidence_key not in (None, keys.evidence_key)
    refused = change()
    assert refused.returncode == 2
    assert "rewrap" in refused.stderr
    assert load_key_ring(tmp_path / "keys") == keys
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
