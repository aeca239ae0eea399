"""Kills of the API in the middle of uploads of evidence and of packages: what was answered is whole, and nothing is left."""

import asyncio
import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import requests

from benchmarks.hostile.evidence import Attached, attach, new_report, recording, unreadable
from benchmarks.hostile.living import API, API_WORKER, Host, kill, living
from benchmarks.hostile.mid_work import Killed
from benchmarks.rig import Measurement, Rig, wait_until
from service.cases import consent_text
from service.evidence.sweep import LEFT_ALONE, sweep
from service.evidence.vault import open_vault
from service.secrets import load_key_ring

SEED = 5
UPLOADS_AT_ONCE = 4
UPLOAD_SECONDS = 90.0  # of sound, 1.4 MB
PACKED_SECONDS = 120.0
PACKED = 4  # recordings in the case whose package is asked for
CHANNEL = "police"
WAIT_SECONDS = (0.1, 1.2)
GIVEN_UP_SECONDS = 60.0
EVIDENCE_IDS = "SELECT evidence_id::text FROM evidence"


def measure(kills: int, *, seed: int = SEED) -> list[Measurement]:
    """Kill the API or its worker so often while evidence is uploaded, and so often while packages are downloaded."""
    chance = random.Random(seed)
    with living() as host:
        return [_uploads(host, kills, chance), _packages(host, kills, chance)]


def _uploads(host: Host, kills: int, chance: random.Random) -> Measurement:
    killed, attached, tries = Killed("uploads of evidence"), list[Attached](), list[int]()

    def upload(place: int, own: random.Random) -> None:
        token = host.tokens[place % len(host.tokens)]
        content = recording(own, UPLOAD_SECONDS * own.random())
        report_id = _reported(host, token, len(tries))
        tries.append(place)
        if report_id is not None and (one := attach(host.port, token, report_id, content)) is not None:
            attached.append(one)

    with _again(upload, UPLOADS_AT_ONCE):
        _kill_often(host, killed, kills, chance)
    _check_evidence(host, killed, attached)
    return killed.row(f"{len(attached)} of {len(tries)} uploads acknowledged, each downloaded and compared")


def _check_evidence(host: Host, killed: Killed, attached: Sequence[Attached]) -> None:
    """Note what was acknowledged and cannot be read, rows without an object, and what sweeping leaves."""
    broken = unreadable(host.port, attached)
    killed.wrong += [f"{one.evidence_id} was acknowledged and cannot be read" for one in broken]
    directory = host.rigged.settings.evidence_dir
    rows = set(host.rigged.column(EVIDENCE_IDS))
    files = {path.name for path in directory.iterdir()}
    killed.wrong += [f"{one} has a row and no object" for one in sorted(rows - files)]
    asyncio.run(_sweep(host.rigged))
    left = {path.name for path in directory.iterdir()} - rows
    killed.wrong += [f"{one} is left after sweeping" for one in sorted(left)]


async def _sweep(rigged: Rig) -> None:
    """Sweep as upkeep does, as if it were late enough for what the kills left."""
    database, keys = rigged.database(), load_key_ring(rigged.settings.keys_dir)
    try:
        late = datetime.now(UTC) + LEFT_ALONE + timedelta(minutes=1)
        await sweep(database, open_vault(rigged.settings, keys), late)
    finally:
        await database.close()


def _packages(host: Host, kills: int, chance: random.Random) -> Measurement:
    killed, whole, cut = Killed("packages"), list[bytes](), list[str]()
    token = host.tokens[0]
    path = _case(host, token, chance)
    wanted = _download(host, path, token)

    def download(_place: int, _own: random.Random) -> None:
        try:
            whole.append(_download(host, path, token))
        except (OSError, http.client.HTTPException) as error:
            cut.append(type(error).__name__)

    with _again(download, 2):
        _kill_often(host, killed, kills, chance)
    killed.wrong += [
        "a package that seemed whole is another one" for one in whole if one not in (wanted, b"")
    ]
    killed.wrong += ["no package is whole"] if wanted not in whole else []
    killed.wrong += [f"process {pid} is left" for pid in _strays(host)]
    complete = sum(one == wanted for one in whole)
    return killed.row(
        f"{complete} whole, {len(wanted) / 1e6:.1f} MB each and the same; {len(cut)} seen to be cut off"
    )


def _case(host: Host, token: str, chance: random.Random) -> str:
    """Make a case with recordings and consent for a channel; return the path of its package."""
    report_id = new_report(host.port, token, 998)
    for _ in range(PACKED):
        attach(host.port, token, report_id, recording(chance, PACKED_SECONDS))
    headers, url = {"Authorization": f"Bearer {token}"}, f"http://127.0.0.1:{host.port}"
    case = requests.post(f"{url}/v1/cases", json={"report_ids": [report_id]}, headers=headers, timeout=30)
    case.raise_for_status()
    path = f"/v1/cases/{case.json()['case_id']}"
    consent = {"channel": CHANNEL, "text_version": consent_text.VERSION}
    requests.post(f"{url}{path}/consents", json=consent, headers=headers, timeout=30).raise_for_status()
    return f"{path}/packages/{CHANNEL}"


def _download(host: Host, path: str, token: str) -> bytes:
    """Return a package, or nothing if it is refused; raises where the answer ends before its end."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status == 200 else b""
    finally:
        connection.close()


def _reported(host: Host, token: str, place: int) -> str | None:
    try:
        return new_report(host.port, token, place)
    except (requests.RequestException, json.JSONDecodeError):
        return None


def _kill_often(host: Host, killed: Killed, kills: int, chance: random.Random) -> None:
    """Kill the API or its worker at random moments, each time it serves again."""
    for _ in range(kills):
        victim = chance.choice((API, API_WORKER))
        wait_until(host.is_ready, seconds=GIVEN_UP_SECONDS)
        time.sleep(chance.uniform(*WAIT_SECONDS))
        wait_until(partial(_is_there, host, victim), seconds=GIVEN_UP_SECONDS)
        kill([chance.choice(host.processes()[victim])])
        killed.kills += 1
        time.sleep(WAIT_SECONDS[0])
    wait_until(host.is_ready, seconds=GIVEN_UP_SECONDS)
    time.sleep(WAIT_SECONDS[1])


def _is_there(host: Host, name: str) -> bool:
    return bool(host.processes()[name])


def _strays(host: Host) -> list[int]:
    """Processes that were started for the host and have lost their parents."""
    return sorted(host.of_its_directory() - host.below())


@contextmanager
def _again(work: Callable[[int, random.Random], None], threads: int) -> Iterator[None]:
    """Do something again and again in some threads while the context lasts."""
    is_over = threading.Event()

    def repeat(place: int) -> None:
        own = random.Random(place)
        while not is_over.wait(0.02):
            work(place, own)

    running = [threading.Thread(target=repeat, args=(place,), daemon=True) for place in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in running:
            thread.join()
