"""The replica is what the database's feed says, however it was lost or damaged, and readers never notice."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import lmdb
import pytest
from prometheus_client import CollectorRegistry

from ml.classifier import Classifier
from service.database import Database
from service.edge.access import Scope, token_hash
from service.edge.api_keys import create_key, revoke_key
from service.lookup.follower import Follower
from service.lookup.replica import META, ReplicaReader
from service.lookup.replica_writer import ReplicaDirectory
from service.metrics import Metrics
from service.reports.store import insert_reports
from service.scoring.scorer import Scorer
from service.settings import Settings
from tests.clients import (
    NUMBER,
    Api,
    HeldModels,
    find_in_replica,
    minutes_ago,
    replica_content,
    report_row,
)
from tests.command_line import Dunwatch, environment_of
from tests.waiting import until

NUMBERS = [f"+861979000{n:04}" for n in range(40)]


class Host:
    """One host's replica, and the database whose feed it follows."""

    def __init__(self, database: Database, settings: Settings, model: Classifier) -> None:
        self.database = database
        self.settings = settings
        self.directory = settings.replica_dir
        self._metrics = Metrics(CollectorRegistry())
        self._model = model

    async def report(self, *numbers: str) -> None:
        """Report numbers badly, and publish."""
        async with self.database.connection() as connection:
            rows = [report_row(number, occurred_at=minutes_ago(9)) for number in numbers for _ in range(12)]
            await insert_reports(connection, rows, is_bulk=False)
        await Scorer(self.database, self.settings, self._metrics, HeldModels(self._model)).score_all(
            datetime.now(UTC)
        )

    async def follow(self) -> None:
        """As a follower does that has just been started."""
        follower = Follower(self.database, self.settings, self._metrics)
        await follower.catch_up()
        follower.close()

    def follow_in_another_process(self) -> subprocess.CompletedProcess[str]:
        """The same where reading a torn file would end the process with a signal."""
        return subprocess.run(
            [sys.executable, "-c", FOLLOW_ONCE],
            env=os.environ | environment_of(self.settings),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def generation(self) -> Path:
        """Directory of the generation in use."""
        return (self.directory / "current").resolve()

    async def expected(self, tmp_path: Path) -> dict[str, Any]:
        """What a replica built from nothing holds."""
        elsewhere = self.settings.model_copy(update={"data_dir": tmp_path / uuid4().hex})
        elsewhere.__dict__.pop("replica_dir", None)
        assert elsewhere.replica_dir != self.directory
        follower = Follower(self.database, elsewhere, self._metrics)
        await follower.catch_up()
        follower.close()
        return replica_content(elsewhere.replica_dir)


FOLLOW_ONCE = """
import asyncio
from prometheus_client import CollectorRegistry
from service.database import open_database
from service.lookup.follower import Follower
from service.metrics import Metrics
from service.settings import Settings

async def main():
    settings = Settings()
    database = open_database(settings)
    follower = Follower(database, settings, Metrics(CollectorRegistry()))
    await follower.catch_up()
    follower.close()
    await database.close()

asyncio.run(main())
"""


@pytest.fixture
async def host(database: Database, settings: Settings, model: Classifier) -> Host:
    opened = Host(database, settings, model)
    await opened.report(*NUMBERS)
    async with database.connection() as connection:
        await create_key(connection, label="x", scopes=[Scope.LOOKUP], now=datetime.now(UTC))
    await opened.follow()
    return opened


async def test_the_feed_applied_step_by_step_is_the_replica_built_at_once(host: Host, tmp_path: Path) -> None:
    generation = host.generation
    for n in range(3):
        await host.report(*NUMBERS[n::3], f"+8619790010{n:03}")
        await host.follow()
    assert host.generation == generation, "the replica was rebuilt instead of brought up to date"
    content = replica_content(host.directory)
    assert content == await host.expected(tmp_path)
    assert len(content["answers"]) == 43


async def test_a_feed_longer_than_a_page_is_applied_whole(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("service.lookup.follower.FEED_PAGE", 3)
    monkeypatch.setattr("service.lookup.follower.REBUILD_PAGE", 7)
    await host.report(*(f"+8619790020{n:03}" for n in range(20)))
    await host.follow()
    assert replica_content(host.directory) == await host.expected(tmp_path)


def forget_everything(host: Host) -> None:
    shutil.rmtree(host.directory)


def forget_the_link(host: Host) -> None:
    (host.directory / "current").unlink()


def forget_the_generation(host: Host) -> None:
    shutil.rmtree(host.generation)


def forget_the_data(host: Host) -> None:
    (host.generation / "data.mdb").unlink()


def overwrite_all(host: Host) -> None:
    data = host.generation / "data.mdb"
    data.write_bytes(b"\xa5" * data.stat().st_size)


def overwrite_the_rest(host: Host) -> None:
    data = host.generation / "data.mdb"
    content = data.read_bytes()
    data.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))


def empty(host: Host) -> None:
    (host.generation / "data.mdb").write_bytes(b"")


def halve(host: Host) -> None:
    data = host.generation / "data.mdb"
    os.truncate(data, data.stat().st_size // 2)


def cut_to_two_pages(host: Host) -> None:
    os.truncate(host.generation / "data.mdb", 8192)


def cut_within_a_page(host: Host) -> None:
    data = host.generation / "data.mdb"
    os.truncate(data, data.stat().st_size - 5000)


def make_it_of_an_older_format(host: Host) -> None:
    _write_meta(host, b"format", b"0")


def make_it_of_another_feed(host: Host) -> None:
    _write_meta(host, b"feed_id", uuid4().bytes)


def put_it_ahead_of_the_feed(host: Host) -> None:
    _write_meta(host, b"revision", b"999999")


def write_nonsense_about_it(host: Host) -> None:
    _write_meta(host, b"revision", b"many")


def _write_meta(host: Host, name: bytes, value: bytes) -> None:
    opened = lmdb.open(str(host.generation), max_dbs=3)
    with opened.begin(opened.open_db(META), write=True) as transaction:
        transaction.put(name, value)
    opened.close()


DAMAGES = [
    forget_everything, forget_the_link, forget_the_generation, forget_the_data, overwrite_all, overwrite_the_rest,
    empty, halve, cut_to_two_pages, cut_within_a_page, make_it_of_an_older_format, make_it_of_another_feed,
    put_it_ahead_of_the_feed, write_nonsense_about_it,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_a_damaged_replica_is_rebuilt_from_the_database(
    host: Host, damage: Callable[[Host], None], tmp_path: Path
) -> None:
    damage(host)
    following = host.follow_in_another_process()
    assert following.returncode == 0, following.stderr[-2000:]
    assert replica_content(host.directory) == await host.expected(tmp_path)
    assert len(list(host.directory.glob("generation-*"))) == 1


@pytest.mark.parametrize(
    "damage",
    [forget_everything, forget_the_link, forget_the_generation, forget_the_data, empty, halve],
    ids=lambda damage: damage.__name__,
)
async def test_a_follower_at_work_notices_that_its_replica_is_gone_or_cut_short(
    host: Host, damage: Callable[[Host], None], tmp_path: Path
) -> None:
    follower = Follower(host.database, host.settings, Metrics(CollectorRegistry()))
    await follower.catch_up()
    damage(host)
    try:
        await follower.catch_up()
    except OSError:  # the supervisor starts it again
        follower.close()
        await host.follow()
    follower.close()
    assert replica_content(host.directory) == await host.expected(tmp_path)


async def test_a_gap_in_the_feed_is_noticed_and_mended(host: Host, tmp_path: Path) -> None:
    await host.report("+8619790030001", "+8619790030002", "+8619790030003")
    async with host.database.connection() as connection:
        await connection.execute("DELETE FROM verdicts WHERE revision = 42")
    await host.follow()
    assert replica_content(host.directory) == await host.expected(tmp_path)


async def test_a_number_that_tells_nothing_any_more_leaves_the_replica(host: Host) -> None:
    assert find_in_replica(host.directory, NUMBERS[0]) is not None
    async with host.database.connection() as connection:
        await connection.execute("DELETE FROM daily_signals WHERE number = $1", NUMBERS[0])
        await connection.execute("INSERT INTO changed_numbers VALUES ($1, false)", NUMBERS[0])
    await host.report(NUMBERS[1])
    await host.follow()
    assert find_in_replica(host.directory, NUMBERS[0]) is None
    assert find_in_replica(host.directory, NUMBERS[1]) is not None


async def test_readers_follow_generations(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    reader = ReplicaReader(host.directory)
    reader.refresh()
    first = host.generation
    await host.report("+8619790040001")
    assert host.follow_in_another_process().returncode == 0
    reader.refresh()
    assert reader.get(b"+8619790040001") is not None, "a change of the same generation is seen"
    assert host.generation == first
    forget_the_link(host)
    await host.report("+8619790040002")
    assert host.follow_in_another_process().returncode == 0
    assert host.generation != first
    reader.refresh()
    assert reader.get(b"+8619790040002") is not None
    assert reader.revision() == 42
    reader.close()


async def test_readers_answer_while_the_replica_is_rebuilt(
    host: Host, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild is held open in its middle: readers go on with the last good generation."""
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    reader = ReplicaReader(host.directory)
    reader.refresh()
    directory = ReplicaDirectory(settings.replica_dir, map_size=1 << 30)
    draft = directory.new_generation()
    draft.begin_feed(uuid4())
    draft.apply(7, [(NUMBERS[0].encode(), b"{")])
    reader.refresh()
    before = reader.get(NUMBERS[0].encode())
    assert before not in (None, b"{")
    directory.put_in_use(draft)
    assert reader.get(NUMBERS[0].encode()) == before, "until its next refresh it keeps the removed generation"
    draft.close()
    reader.refresh()
    assert reader.get(NUMBERS[0].encode()) == b"{"
    reader.close()


async def test_readers_survive_any_damage_that_leaves_their_file_alone(host: Host) -> None:
    reader = ReplicaReader(host.directory)
    reader.refresh()
    shutil.rmtree(host.directory)
    assert reader.get(NUMBERS[0].encode()) is not None
    reader.close()


def alter_the_answers(content: bytes) -> bytes:
    return content.replace(b'"verdict":"', b'"verdikt":"')


def overwrite_the_pages(content: bytes) -> bytes:
    return content[:8192] + b"\xa5" * (len(content) - 8192)


@pytest.mark.parametrize("alter", [alter_the_answers, overwrite_the_pages], ids=lambda alter: alter.__name__)
async def test_what_a_reader_cannot_read_is_built_anew_by_the_follower_at_work(
    api: Api, dunwatch: Dunwatch, alter: Callable[[bytes], bytes]
) -> None:
    partner = await api.partner(Scope.LOOKUP)
    await api.insert([report_row() for _ in range(12)])
    await api.publish()
    follower = dunwatch.started("follow")
    try:
        assert (await partner.get(f"/v1/numbers/{NUMBER}")).json()["verdict"] == "confirmed"
        data = (api.settings.replica_dir / "current").resolve() / "data.mdb"
        with data.open("r+b") as file:  # in place, as a failing disk would
            content = alter(file.read())
            file.seek(0)
            file.write(content)
        answer = await partner.get(f"/v1/numbers/{NUMBER}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

        async def is_mended() -> bool:
            again = await partner.get(f"/v1/numbers/{NUMBER}")
            return again.status_code == 200 and again.json()["verdict"] == "confirmed"

        await until(is_mended)
    finally:
        follower.terminate()
        assert follower.wait(10) == 0


async def test_a_reader_gives_up_a_file_that_was_cut_short(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    reader = ReplicaReader(host.directory)
    reader.refresh()
    reader.refresh()
    assert reader.is_ready
    halve(host)
    reader.refresh()
    assert not reader.is_ready
    assert (host.directory / "broken").read_text() == host.generation.name


async def test_a_new_key_and_its_revocation_reach_the_replica(host: Host) -> None:
    async with host.database.connection() as connection:
        key_id, token = await create_key(
            connection,
            label="y",
            scopes=[Scope.LOOKUP, Scope.EXPORTS],
            now=datetime.now(UTC),
            limit_per_second=7,
        )

    def found() -> Any:
        reader = ReplicaReader(host.directory)
        key = reader.find_key(token_hash(token))
        reader.close()
        return key

    assert found() is None
    await host.follow()
    key = found()
    assert (key.key_id, key.scopes, key.limit_per_second) == (key_id, {Scope.LOOKUP, Scope.EXPORTS}, 7)
    async with host.database.connection() as connection:
        assert await revoke_key(connection, key_id, datetime.now(UTC))
        assert not await revoke_key(connection, key_id, datetime.now(UTC))
    await host.follow()
    assert found() is None


async def test_a_report_is_seen_in_a_look_up_while_everything_runs(api: Api, dunwatch: Dunwatch) -> None:
    """Reports in, a scorer and a follower at work in the background: the answer changes by itself."""
    partner = await api.partner(Scope.LOOKUP)
    api.state["lookup"]._replica.close()
    children = [dunwatch.started(*arguments) for arguments in (["follow"], ["score", "--watch"])]
    try:
        await api.insert([report_row() for _ in range(12)])

        async def is_confirmed() -> bool:
            return bool((await partner.get(f"/v1/numbers/{NUMBER}")).json().get("verdict") == "confirmed")

        await until(is_confirmed)
        async with api.database.connection() as connection:
            (key_id,) = await connection.fetchrow("SELECT key_id FROM api_keys")
            await revoke_key(connection, key_id, datetime.now(UTC))

        async def is_refused() -> bool:
            return (await partner.get(f"/v1/numbers/{NUMBER}")).status_code == 401

        await until(is_refused)
    finally:
        for child in children:
            child.terminate()
        assert [child.wait(10) for child in children] == [0, 0]
