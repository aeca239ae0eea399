"""The replica is what the database's feed says, and its readers see every change of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from service.edge.access import Scope, token_hash
from service.edge.api_keys import create_key, revoke_key
from service.lookup.replica import ReplicaReader
from service.lookup.replica_writer import ReplicaDirectory
from service.settings import Settings
from tests.clients import (
    NUMBER,
    Api,
    find_in_replica,
    replica_content,
    report_row,
)
from tests.command_line import Dunwatch
from tests.lookup.damages import forget_the_link
from tests.lookup.hosts import NUMBERS, Host
from tests.waiting import DEADLINE_SECONDS, until


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
        assert [child.wait(DEADLINE_SECONDS) for child in children] == [0, 0]
