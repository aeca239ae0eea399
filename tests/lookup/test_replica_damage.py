"""However a replica is damaged, it is built anew from the feed, and readers never notice."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from service.edge.access import Scope
from service.lookup.follower import Follower
from service.lookup.replica import ReplicaReader
from service.metrics import Metrics
from tests.clients import (
    NUMBER,
    Api,
    replica_content,
    report_row,
)
from tests.command_line import Dunwatch
from tests.lookup.damages import (
    DAMAGES,
    empty,
    empty_the_lock,
    forget_everything,
    forget_the_data,
    forget_the_generation,
    forget_the_link,
    halve,
)
from tests.lookup.hosts import NUMBERS, Host
from tests.waiting import DEADLINE_SECONDS, until


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
        assert follower.wait(DEADLINE_SECONDS) == 0


@pytest.mark.parametrize("damage", [halve, empty, empty_the_lock], ids=lambda damage: damage.__name__)
async def test_a_reader_gives_up_a_file_that_was_cut_short(
    host: Host, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Host], None]
) -> None:
    monkeypatch.setattr("service.lookup.replica.REFRESH_SECONDS", 0.0)
    reader = ReplicaReader(host.directory)
    reader.refresh()
    reader.refresh()
    assert reader.is_ready
    damage(host)
    reader.refresh()
    assert not reader.is_ready
    assert (host.directory / "broken").read_text() == host.generation.name
