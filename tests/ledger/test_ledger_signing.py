"""What is signed of the ledger, and what is noticed before it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.database import Database
from service.ledger.checkpoint import origin_of, read_checkpoint
from service.ledger.entry import Entry
from service.ledger.merkle import root_of
from service.ledger.sign import LedgerAlteredError, Notary, sign_ledger
from service.ledger.store import fetch_origin, list_checkpoints, list_entries
from service.secrets import KeyRing
from service.settings import Settings
from tests.clients import Api
from tests.exports.exporting import exporting
from tests.ledger.ledger_entries import grow, sign
from tests.waiting import until

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def notary(keys: KeyRing, settings: Settings) -> Notary:
    return Notary(keys.signer(), settings.ledger_note)


def forgetful(notary: Notary) -> Notary:
    """Who signs with the same key, and remembers nothing: another host, or one that was restored."""
    return Notary(notary.key, notary.memory.with_name("another.note"))


async def test_the_ledger_is_signed_once_a_day_and_only_when_it_has_grown(
    database: Database, notary: Notary, entry: Callable[..., Entry]
) -> None:
    assert not await sign(database, notary, NOW), "there is nothing to sign"
    await grow(database, entry, 3)
    assert await sign(database, notary, NOW)
    await grow(database, entry, 1)
    assert not await sign(database, notary, NOW + timedelta(hours=23))
    assert await sign(database, notary, NOW + timedelta(hours=23), is_forced=True)
    assert not await sign(database, notary, NOW + timedelta(days=9)), "it has not grown"
    async with database.connection() as connection:
        assert [one.size for one in await list_checkpoints(connection)] == [3, 4]


REWRITE = (
    "UPDATE ledger SET entry = l.entry, leaf_hash = l.leaf_hash FROM ledger AS l"
    " WHERE ledger.place = 1 AND l.place = 4; "
)


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize("grows", [0, 2])
@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            "UPDATE ledger SET entry = replace(entry, 'approved', 'refused') WHERE place = 1",
            "entry 1 was altered",
        ),
        ("UPDATE ledger SET leaf_hash = sha256(leaf_hash) WHERE place = 4", "entry 4 was altered"),
        (REWRITE, "among the first 5 entries one was rewritten"),
        ("DELETE FROM ledger WHERE place = 2", "entry 2 is missing"),
        (REWRITE + "UPDATE ledger_checkpoints SET signed_at = '2100-01-01'", "among the first 5 entries"),
        ("UPDATE ledger_checkpoints SET note = 'no note'", "the newest checkpoint cannot be read"),
    ],
)
async def test_nothing_is_signed_on_top_of_what_was_altered(
    database: Database, notary: Notary, entry: Callable[..., Entry], change: str, finding: str, grows: int, *,
    remembers: bool,
) -> None:  # fmt: skip
    await grow(database, entry, 5)
    assert await sign(database, notary, NOW)
    async with database.connection() as connection:
        await connection.execute(change)
    await grow(database, entry, grows)
    with pytest.raises(LedgerAlteredError, match=finding):
        await sign(database, notary if remembers else forgetful(notary), NOW + timedelta(days=1))
    async with database.connection() as connection:
        assert len(await list_checkpoints(connection)) == 1


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (REWRITE + "DELETE FROM ledger_checkpoints", "among the first 5 entries one was rewritten"),
        ("DELETE FROM ledger_checkpoints", "the checkpoint of 5 entries is gone"),
        (
            "DELETE FROM ledger WHERE place > 1; DELETE FROM ledger_checkpoints",
            "5 entries were signed, there are 2",
        ),
    ],
)
async def test_whoever_rewrites_the_whole_database_does_not_reach_what_the_host_remembers(
    database: Database, notary: Notary, entry: Callable[..., Entry], change: str, finding: str
) -> None:
    await grow(database, entry, 5)
    assert await sign(database, notary, NOW)
    async with database.connection() as connection:
        await connection.execute(change)
    with pytest.raises(LedgerAlteredError, match=finding):
        await sign(database, notary, NOW + timedelta(days=1))


async def test_a_forged_note_of_a_rewritten_ledger_is_found_by_what_the_host_remembers(
    database: Database, notary: Notary, entry: Callable[..., Entry]
) -> None:
    await grow(database, entry, 5)
    assert await sign(database, notary, NOW)
    forger = Notary(Ed25519PrivateKey.generate(), notary.memory.with_name("forged.note"))
    async with database.connection() as connection:
        await connection.execute(REWRITE + "DELETE FROM ledger_checkpoints")
        assert await sign_ledger(connection, forger, NOW + timedelta(days=9)) is not None
    with pytest.raises(LedgerAlteredError, match="rewritten"):
        await sign(database, notary, NOW + timedelta(days=1))


async def test_after_the_loss_of_the_key_another_goes_on(
    database: Database, notary: Notary, entry: Callable[..., Entry]
) -> None:
    await grow(database, entry, 5)
    assert await sign(database, notary, NOW)
    await grow(database, entry, 1)
    new = Notary(Ed25519PrivateKey.generate(), notary.memory.with_name("new.note"))
    assert await sign(database, new, NOW)
    async with database.connection() as connection:
        checkpoints = await list_checkpoints(connection)
    assert [one.size for one in checkpoints] == [5, 6]
    assert read_checkpoint(checkpoints[1].note, new.key.public_key()).size == 6


async def test_two_hosts_that_sign_the_same_keep_one_note(
    database: Database, notary: Notary, entry: Callable[..., Entry]
) -> None:
    await grow(database, entry, 3)
    other = Notary(Ed25519PrivateKey.generate(), notary.memory.with_name("other.note"))
    assert await sign(database, notary, NOW)
    assert await sign(database, other, NOW + timedelta(days=1))
    assert other.recall() == notary.recall()
    await grow(database, entry, 1)
    assert not await sign(database, other, NOW + timedelta(days=1) - timedelta(seconds=1))


async def test_a_long_ledger_is_read_in_parts(
    database: Database, notary: Notary, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.sign.BATCH", 2)
    await grow(database, entry, 5)
    assert await sign(database, notary, NOW)
    note = notary.recall()
    assert note is not None
    async with database.connection() as connection:
        leaves = [one.leaf_hash for one in await list_entries(connection, 0, at_most=9)]
    assert read_checkpoint(note, notary.key.public_key()).root == root_of(leaves)


async def test_an_altered_ledger_is_told_by_a_metric_until_it_is_whole_again_and_exports_go_on(
    api: Api, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.exports.worker.CHECK_LEDGER_EVERY", timedelta(0))
    await grow(api.database, entry, 3)
    await api.fetch("UPDATE ledger SET entry = entry || ' ' WHERE place = 1")

    def told() -> float:
        return float(api.metrics.ledger_altered._value.get())

    async def is_altered() -> bool:
        return told() == 1

    async def is_whole() -> bool:
        return told() == 0

    async with exporting(api.database, api.settings, api.keys, api.metrics) as worker:
        await until(is_altered)
        assert not worker.done()
        await api.fetch("UPDATE ledger SET entry = rtrim(entry) WHERE place = 1")
        await until(is_whole)
    assert api.settings.ledger_note.stat().st_size


async def test_a_restored_database_goes_on_with_the_same_log(
    database: Database, notary: Notary, entry: Callable[..., Entry]
) -> None:
    """It is given a new feed, so that no replica mistakes it for the one before."""
    await grow(database, entry, 3)
    async with database.connection() as connection:
        origin = origin_of(await fetch_origin(connection))
    assert await sign(database, notary, NOW)
    async with database.connection() as connection:
        await connection.execute("UPDATE feed_head SET feed_id = gen_random_uuid()")
    await grow(database, entry, 1)
    assert await sign(database, notary, NOW + timedelta(days=1))
    note = notary.recall()
    assert note is not None
    assert read_checkpoint(note, notary.key.public_key()).origin == origin


async def test_the_first_entry_is_signed_at_once(api: Api, entry: Callable[..., Entry]) -> None:
    """Also where the exporter had found an empty ledger before; the next ones wait for their day."""

    async def sizes() -> list[int]:
        async with api.database.connection() as connection:
            return [one.size for one in await list_checkpoints(connection)]

    async def is_checked() -> bool:
        return float(api.metrics.ledger_altered._value.get()) == 0

    api.metrics.ledger_altered.set(1)
    async with exporting(api.database, api.settings, api.keys, api.metrics):
        await until(is_checked)
        assert await sizes() == []
        await grow(api.database, entry, 1)
        assert await until(sizes) == [1]
        await grow(api.database, entry, 1)
    assert await sizes() == [1]
    assert api.settings.ledger_note.exists()


async def test_a_note_that_cannot_be_kept_ends_no_exporter_and_is_kept_later(
    api: Api, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.exports.worker.CHECK_LEDGER_EVERY", timedelta(0))
    await grow(api.database, entry, 1)
    tries = []
    remember = Notary.remember

    def full_twice(self: Notary, note: str) -> None:
        tries.append(note)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")
        remember(self, note)

    monkeypatch.setattr(Notary, "remember", full_twice)

    async def is_kept() -> bool:
        return api.settings.ledger_note.exists()

    async with exporting(api.database, api.settings, api.keys, api.metrics) as worker:
        await until(is_kept)
        assert not worker.done()
    assert len(set(tries)) == 1
