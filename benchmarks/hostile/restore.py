"""A restore drill: a backup under load, the loss of the host, a restore elsewhere, and what of the service is back there."""

import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import requests

from benchmarks.hostile.crowd import Crowd, Kept, kept, reporting
from benchmarks.hostile.evidence import Attached, attach, new_report, recording, unreadable
from benchmarks.hostile.living import Host, host, living
from benchmarks.rig import Measurement, Rig, dunwatch, run, wait_until
from service.backup.manifest import MANIFEST_NAME, BackupManifest, Facts, parse_manifest
from service.backup.store import fetch_facts

SEED = 7
NUMBER = "19790009900"
LISTED = "confirmed"
PEOPLE = 6
REPORT = {
    "number": NUMBER,
    "medium": "sms",
    "relation": "third_party",
    "violations": ["threat", "third_party"],
    "narrative": "再不还钱，就通知你的家人和单位。",
}
#: Of the crowd, before and after the backup.
CALM_SECONDS = 2.0
START_SECONDS = 60.0


@dataclass(slots=True)
class Drill:
    """What was there before the loss, and what is there after it."""

    manifest: BackupManifest
    facts: Facts
    attached: list[Attached]
    asked_at: float  # for the backup
    lost_at: float
    rto: float = 0.0
    kept: Kept | None = None
    gone: int = 0  # acknowledged after the moment of the backup
    restored: Facts | None = None
    unreadable: int = 0
    verdict: str = ""


def measure(pieces: int) -> list[Measurement]:
    """Back up a host with so many pieces of evidence under 100 reports a second, and restore it elsewhere."""
    with tempfile.TemporaryDirectory(prefix="dunwatch-bench-") as place, living() as here, host() as there:
        crowd, backup = Crowd(here.port, here.tokens), Path(place) / "backup"
        drill = _until_the_loss(here, crowd, backup, pieces)
        began = time.time()
        command = dunwatch("restore", str(backup))
        if _ends_well(there, command):
            _look_at(there, here, drill, crowd, began)
    return [_row(drill, crowd)]


def _until_the_loss(here: Host, crowd: Crowd, backup: Path, pieces: int) -> Drill:
    for decision in ("vet", "unvet", "vet"):  # entries of the ledger
        _must(here, "sources", decision, "partner", "--reason", "a drill")
    _list_number(here)
    chance, attached = random.Random(SEED), []
    with reporting(crowd):
        for place in range(pieces):
            token = here.tokens[place % len(here.tokens)]
            report_id = new_report(here.port, token, place)
            if (one := attach(here.port, token, report_id, recording(chance, 10))) is not None:
                attached.append(one)
        time.sleep(CALM_SECONDS)
        asked_at = time.time()
        _must(here, "backup", str(backup))
        time.sleep(CALM_SECONDS)
    facts = run(lambda: _facts(here.rigged))
    manifest = parse_manifest((backup / MANIFEST_NAME).read_bytes())
    here.end()
    return Drill(manifest, facts, attached, asked_at, time.time())


def _list_number(here: Host) -> None:
    """Have a vetted source report a number until look-ups list it."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    lines = [
        REPORT | {"occurred_at": yesterday} | {"reporter": f"user-{n}", "group": f"city-{n}"}
        for n in range(PEOPLE)
    ]
    answer = requests.post(
        f"http://127.0.0.1:{here.port}/v1/reports:batch",
        data=b"\n".join(map(orjson.dumps, lines)),
        headers={"Authorization": f"Bearer {here.partner}", "Content-Type": "application/x-ndjson"},
        timeout=START_SECONDS,
    )
    answer.raise_for_status()
    _wait_for(lambda: _verdict(here) == LISTED)


def _look_at(there: Host, here: Host, drill: Drill, crowd: Crowd, began: float) -> None:
    """Start the restored host and compare."""
    there.begin()
    there.key, there.tokens = here.key, here.tokens
    wait_until(there.is_ready, seconds=START_SECONDS)
    with suppress(TimeoutError):
        _wait_for(lambda: _verdict(there) == LISTED)
    drill.verdict = _verdict(there)
    new_report(there.port, there.tokens[0], 999)
    drill.rto = time.time() - began
    moment = drill.manifest.taken_at.timestamp()
    before = [one for one in crowd.acknowledged if one.answered_at < moment]
    drill.kept = kept(there.rigged, crowd, before)
    drill.gone = kept(there.rigged, crowd).lost
    drill.restored = run(lambda: _facts(there.rigged))
    drill.unreadable = len(unreadable(there.port, drill.attached))


def _verdict(one: Host) -> str:
    """What a look-up says about the number that is listed."""
    url = f"http://127.0.0.1:{one.lookup_port}/v1/numbers/{NUMBER}"
    try:
        answer = requests.get(url, headers={"Authorization": f"Bearer {one.key}"}, timeout=5)
        return str(orjson.loads(answer.content).get("verdict", answer.status_code))
    except requests.RequestException:
        return "no answer"


async def _facts(rigged: Rig) -> Facts:
    database = rigged.database()
    try:
        async with database.connection() as connection:
            return await fetch_facts(connection)
    finally:
        await database.close()


def _ends_well(one: Host, command: list[str]) -> bool:
    return not subprocess.run(
        command, env=one.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def _must(one: Host, *words: str) -> None:
    if not _ends_well(one, dunwatch(*words)):
        raise RuntimeError(f"dunwatch {words[0]} failed")


def _wait_for(is_done: Callable[[], bool]) -> None:
    wait_until(is_done, seconds=START_SECONDS)


def _row(drill: Drill, crowd: Crowd) -> Measurement:
    facts, then = drill.manifest.facts, drill.restored
    root = then is not None and then.ledger_root == facts.ledger_root == drill.facts.ledger_root
    replica = drill.verdict == LISTED
    lost = drill.kept.lost + drill.kept.twice if drill.kept else len(crowd.acknowledged)
    moment = drill.manifest.taken_at.timestamp()
    return Measurement(
        what=f"restore drill: backup at {crowd.per_second:.0f} reports a second, restored elsewhere and served there",
        floor="every report acknowledged before the moment, ledger root equal, evidence readable, replica built",
        measured=f"{lost} lost, ledger root {'equal' if root else 'OTHER'}, {drill.unreadable} pieces of "
        f"evidence unreadable, replica {'built' if replica else 'MISSING'}",
        is_met=root and replica and (lost, drill.unreadable, bool(drill.attached)) == (0, 0, True),
        detail=f"RTO {drill.rto:.1f} s from the restore's start to look-up and report; RPO {drill.lost_at - moment:.1f} s: "
        f"the moment lies {moment - drill.asked_at:.1f} s after the backup was asked for, which took "
        f"{drill.manifest.seconds:.1f} s; {drill.gone} reports acknowledged since are gone; {facts.reports:,} reports, "
        f"{facts.evidence} pieces of evidence, {facts.ledger_entries} entries of the ledger",
    )
