"""The keys of a backup open all that its snapshot names, also if the key of evidence is changed meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from service.backup import write
from service.backup.programs import dump_database
from service.backup.sources import keys_for_all
from service.backup.words import BackupError
from service.evidence.rewrap import rewrap
from service.secrets import EVIDENCE, PREVIOUS_EVIDENCE, change_evidence_key, load_key_ring
from tests.backup.conftest import Elsewhere
from tests.backup.test_backup_consistent import back_up
from tests.backup.test_restore_drill import readable
from tests.clients import Api

A, B, C = (bytes([n]) * 32 for n in range(3))


@pytest.mark.parametrize(
    ("first", "last", "previous"),
    [
        ({EVIDENCE: A}, {EVIDENCE: A}, None),
        ({EVIDENCE: A, PREVIOUS_EVIDENCE: B}, {EVIDENCE: A, PREVIOUS_EVIDENCE: B}, B),
        ({EVIDENCE: A, PREVIOUS_EVIDENCE: B}, {EVIDENCE: A}, B),
        ({EVIDENCE: A}, {EVIDENCE: B, PREVIOUS_EVIDENCE: A}, A),
        ({EVIDENCE: A}, {EVIDENCE: B}, A),
    ],
)
def test_the_key_that_goes_meanwhile_is_kept(
    first: dict[str, bytes], last: dict[str, bytes], previous: bytes | None
) -> None:
    kept = keys_for_all(first | {"seal.key": C}, last | {"seal.key": C})
    assert (kept[EVIDENCE], kept.get(PREVIOUS_EVIDENCE), kept["seal.key"]) == (last[EVIDENCE], previous, C)


def test_more_keys_than_a_key_ring_holds_are_told() -> None:
    with pytest.raises(BackupError, match="more than once"):
        keys_for_all({EVIDENCE: A, PREVIOUS_EVIDENCE: B}, {EVIDENCE: C, PREVIOUS_EVIDENCE: A})


async def end_the_change(api: Api) -> None:
    await rewrap(api.database, load_key_ring(api.settings.keys_dir), lambda _done: None)
    (api.settings.keys_dir / PREVIOUS_EVIDENCE).unlink()


@pytest.mark.parametrize("begins", ["before", "meanwhile"])
async def test_evidence_that_is_wrapped_anew_under_the_snapshot_is_opened_after_a_restore(
    begins: str, full: Api, elsewhere: Elsewhere, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if begins == "before":
        change_evidence_key(full.settings.keys_dir)

    async def then_rewrap(
        url: str, snapshot: str, *, progress: Callable[[int], None]
    ) -> AsyncGenerator[bytes, None]:
        if begins == "meanwhile":
            change_evidence_key(full.settings.keys_dir)
        await end_the_change(full)
        async for chunk in dump_database(url, snapshot, progress=progress):
            yield chunk

    monkeypatch.setattr(write, "dump_database", then_rewrap)
    await back_up(full, place)
    ended = await asyncio.to_thread(elsewhere.restore, place)
    assert ended.returncode == 0, ended.stderr
    assert await readable(elsewhere.settings) == 2
