"""Keeps this host's replica up to date with the feed, and rebuilds it if it is lost, damaged or of another feed."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import lmdb
import structlog

from service.database import Connection, Database, DatabaseUnavailableError
from service.edge.api_keys import list_keys
from service.host.pause import Outage, pause
from service.lookup.answer import stored_answer
from service.lookup.lines import encode_lines
from service.lookup.replica import BROKEN
from service.lookup.replica_writer import ReplicaDirectory, ReplicaWriter
from service.metrics import Metrics
from service.organisations.store import list_lines
from service.settings import Settings
from service.verdicts.store import Head, Published, fetch_head, list_feed, stream_current
from service.verdicts.verdict import is_told

FEED_PAGE = 5000
REBUILD_PAGE = 20_000
AWAY_SECONDS = 0.5
NO_ROOM_SECONDS = 2.0
OUTGROWN_SECONDS = 30.0  # each try rebuilds the replica, and only DUNWATCH_REPLICA_MAP_GIB helps

log = structlog.get_logger()


class FeedBrokenError(Exception):
    """The feed does not continue where the replica ends."""


class Follower:
    """Writes the replica of a host, as the only process that does."""

    def __init__(self, database: Database, settings: Settings, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._poll_seconds = settings.poll_seconds
        self._directory = ReplicaDirectory(settings.replica_dir, map_size=settings.replica_map_gib << 30)
        self._writer: ReplicaWriter | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop` is set; PostgreSQL may be unavailable for a while."""
        away = Outage("the database is unavailable; answers grow stale")
        full = Outage("the replica cannot be written; answers grow stale", "the replica is written again")
        while not stop.is_set():
            seconds = self._poll_seconds
            try:
                await self.catch_up()
                away.end()
                full.end()
            except DatabaseUnavailableError as error:
                away.tell(str(error))
                seconds = max(seconds, AWAY_SECONDS)
            except (lmdb.Error, OSError) as error:  # readers keep what they have
                full.tell(str(error))
                if not isinstance(error, lmdb.DiskError):  # with which nothing was written
                    self.close()
                is_outgrown = isinstance(error, lmdb.MapFullError)
                seconds = max(seconds, OUTGROWN_SECONDS if is_outgrown else NO_ROOM_SECONDS)
            await pause(stop, seconds)
        self.close()

    async def catch_up(self) -> None:
        """Apply everything that the feed has by now, after a rebuild if one is needed."""
        async with self._database.connection() as connection:
            head = await fetch_head(connection)
            writer = self._usable_writer(head) or await self._rebuild()
            try:
                await self._apply_feed(connection, writer, head)
                if writer.keys_revision != head.keys_revision:
                    await self._apply_keys(connection, writer, head)
                if writer.organisations_revision != head.organisations_revision:
                    await self._apply_organisations(connection, writer, head)
            except lmdb.DiskError:
                raise
            except (FeedBrokenError, lmdb.Error) as error:
                log.error("the replica does not fit the feed", reason=str(error))
                self.close()
                await self._rebuild()
        self._directory.mark_synced()
        self._metrics.replica_synced_at.set_to_current_time()

    def close(self) -> None:
        """Close the replica."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _usable_writer(self, head: Head) -> ReplicaWriter | None:
        if self._writer is None:
            self._writer = self._open_current()
        writer = self._writer
        if writer and not self._directory.is_in_use(writer):
            log.warning("the replica is missing or damaged")
            self._metrics.replica_rebuilds.labels("missing").inc()
            self.close()
        elif writer and (writer.feed_id != head.feed_id or writer.revision > head.revision):
            log.warning("the replica belongs to another feed")
            self._metrics.replica_rebuilds.labels("other_feed").inc()
            self.close()
        return self._writer

    def _open_current(self) -> ReplicaWriter | None:
        try:
            writer = self._directory.open_current()
        except BROKEN as error:
            log.error("the replica is damaged", reason=str(error))
            self._metrics.replica_rebuilds.labels("damaged").inc()
            return None
        if writer is None:
            self._metrics.replica_rebuilds.labels("missing").inc()
        elif not writer.is_current_format:
            self._metrics.replica_rebuilds.labels("format").inc()
            writer.close()
            return None
        else:
            writer.free_dead_readers()
        return writer

    async def _apply_feed(self, connection: Connection, writer: ReplicaWriter, head: Head) -> None:
        while writer.revision < head.revision:
            page = await list_feed(connection, writer.revision, at_most=FEED_PAGE)
            expected = range(writer.revision + 1, writer.revision + 1 + len(page))
            if not page or [published.revision for published in page] != list(expected):
                raise FeedBrokenError(f"the feed does not go on after revision {writer.revision}")
            writer.apply(page[-1].revision, _changes(page))
            self._metrics.replica_revision.set(writer.revision)
            delay = datetime.now(UTC) - page[0].decided_at
            self._metrics.publish_delay_seconds.observe(max(0.0, delay.total_seconds()))

    async def _apply_keys(self, connection: Connection, writer: ReplicaWriter, head: Head) -> None:
        rows = await list_keys(connection)
        valid = [(row.key_hash, row.api_key()) for row in rows if row.revoked_at is None]
        writer.replace_keys(head.keys_revision, valid)

    async def _apply_organisations(self, connection: Connection, writer: ReplicaWriter, head: Head) -> None:
        lines = encode_lines(await list_lines(connection))
        writer.replace_organisations(head.organisations_revision, lines)

    async def _rebuild(self) -> ReplicaWriter:
        writer = self._directory.new_generation()  # nothing is left of it unless it is put in use

        async def work(connection: Connection) -> None:
            head = await fetch_head(connection)
            writer.begin_feed(head.feed_id)
            page: list[Published] = []
            async for published in stream_current(connection):
                page.append(published)
                if len(page) == REBUILD_PAGE:
                    writer.apply(0, _answers(page), in_order=True)
                    page.clear()
            writer.apply(head.revision, _answers(page), in_order=True)
            await self._apply_keys(connection, writer, head)
            await self._apply_organisations(connection, writer, head)

        try:
            await self._database.in_transaction(work, isolation="repeatable_read")
            self._directory.put_in_use(writer)
        except BaseException:
            writer.close()
            self._directory.discard(writer)
            raise
        self._writer = writer
        log.info("the replica was rebuilt", revision=writer.revision)
        return writer


def _changes(page: Sequence[Published]) -> Iterator[tuple[bytes, bytes | None]]:
    for published in page:
        answer = stored_answer(published) if is_told(published.verdict) else None
        yield published.verdict.number.encode(), answer


def _answers(page: Sequence[Published]) -> Iterator[tuple[bytes, bytes | None]]:
    return (change for change in _changes(page) if change[1] is not None)
