"""Evidence on a disk that takes nothing: refused with a problem that asks to try again, and nothing half is left."""

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.evidence import vault
from service.evidence.vault import open_vault
from tests.clients import Api, new_report, refusal
from tests.evidence.evidence_files import attach
from tests.evidence.uploads import LONG, objects


async def refused(reporter: httpx.AsyncClient, address: str) -> None:
    answer = await attach(reporter, address, LONG)
    assert (answer.status_code, answer.json()["code"]) == (503, "evidence_unavailable"), answer.text
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
async def test_what_cannot_be_made_durable_is_not_kept(
    api: Api, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def fail(_path: Path) -> None:
        raise OSError(reason, os.strerror(reason))

    reporter = await api.reporter()
    address = await new_report(reporter)
    with monkeypatch.context() as patched:
        patched.setattr(vault, "_make_durable", fail)
        await refused(reporter, address)
    assert objects(api) == []
    assert (await attach(reporter, address, LONG)).status_code == 201
    assert await api.count("evidence") == 1


@pytest.fixture
def disk(api: Api) -> Iterator[Path]:
    """The vault on a disk of its own that holds less than one file."""
    path = api.settings.evidence_dir
    try:
        mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path)]
        mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    api.state["vault"] = open_vault(api.settings, api.keys)
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


async def test_on_a_disk_that_is_really_full_nothing_half_is_left(api: Api, disk: Path) -> None:
    reporter = await api.reporter()
    address = await new_report(reporter)
    assert refusal(await attach(reporter, address, LONG)) == (507, "evidence_no_room")
    api.settings.__dict__["evidence_reserve_bytes"] = -(
        2**40
    )  # as if others took the room after it was looked at
    for _ in range(2):
        await refused(reporter, address)
        assert objects(api) == []
    assert await api.count("evidence") == 0
    await _grow(disk)
    assert (await attach(reporter, address, LONG)).status_code == 201
    assert len(objects(api)) == 1


async def _grow(disk: Path) -> Any:

    process = await asyncio.create_subprocess_exec("mount", "-o", "remount,size=8m", str(disk))
    assert await process.wait() == 0
