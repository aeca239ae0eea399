"""Keeps evidence, encrypted, in a directory of this host or in an S3-compatible bucket."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from service.directories import make_private
from service.edge.problems import EVIDENCE_DAMAGED, EVIDENCE_UNAVAILABLE, ProblemError
from service.evidence.sealing import CHUNK_BYTES, DamagedError, checked, seal_chunks, unseal_chunks
from service.secrets import KeyRing
from service.settings import Settings

RETRY_SECONDS: Final = "5"
OBJECT: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The file that a killed upload leaves in the directory: the name of its object and a number.
UNFINISHED: Final = re.compile(OBJECT.pattern + r"#\d+")


class Kept(Protocol):
    """What opens an object: a piece of evidence, or a part of one that is still arriving."""

    @property
    def evidence_id(self) -> UUID:
        """The id of the object."""

    @property
    def size(self) -> int:
        """The size of its content, in bytes."""

    @property
    def sha256(self) -> bytes:
        """The digest of its content."""

    @property
    def wrapped_key(self) -> bytes:
        """Its key, wrapped."""


class SealedVault:
    """Stores objects by the id of their piece of evidence, as they are encrypted. Keys are never stored here."""

    def __init__(self, store: "ObjectStore", directory: Path | None) -> None:
        self._store = store
        self._directory = directory

    async def read_sealed(self, evidence_id: UUID) -> AsyncGenerator[bytes, None]:
        """Yield an object as it is stored, for a backup; raise FileNotFoundError if there is none."""
        try:
            found = await obstore.get_async(self._store, str(evidence_id))
        except (FileNotFoundError, NotFoundError):
            raise FileNotFoundError(str(evidence_id)) from None
        except BaseError as error:
            raise _unavailable() from error
        async for piece in _pieces(found):
            yield piece

    async def put_sealed(self, evidence_id: UUID, path: Path) -> None:
        """Store an object as a backup holds it, completely or not at all."""
        try:
            await obstore.put_async(self._store, str(evidence_id), path)
        except BaseError as error:
            raise _unavailable() from error
        if self._directory is not None:
            await asyncio.to_thread(_make_durable, self._directory / str(evidence_id))

    async def delete(self, evidence_id: UUID) -> None:
        """Remove an object, if it is there."""
        try:
            await obstore.delete_async(self._store, str(evidence_id))
        except (FileNotFoundError, NotFoundError):
            return
        except BaseError as error:
            raise _unavailable() from error

    async def list_older(self, moment: datetime) -> AsyncIterator[Sequence[UUID]]:
        """Yield the ids of objects stored before a moment, in batches; objects with other names are not ours."""
        async for batch in self.list_sizes(moment):
            yield list(batch)

    async def list_sizes(self, moment: datetime) -> AsyncIterator[Mapping[UUID, int]]:
        """Yield the same with the stored size of each, in bytes."""
        try:
            async for batch in obstore.list(self._store, chunk_size=500):
                ours = (
                    one for one in batch if one["last_modified"] < moment and OBJECT.fullmatch(one["path"])
                )
                yield {UUID(one["path"]): one["size"] for one in ours}
        except BaseError as error:
            raise _unavailable() from error

    async def _forget(self, evidence_id: UUID) -> None:
        """Leave nothing of an object that could not be stored: on a full disk the room is needed at once."""
        if self._directory is None:
            return
        for name in (str(evidence_id), f"{evidence_id}#1"):  # as the store names what it has not finished
            with suppress(OSError):
                await asyncio.to_thread((self._directory / name).unlink)

    def delete_unfinished(self, moment: datetime) -> int:
        """Remove files that killed uploads left in the directory before a moment; a bucket needs its own lifecycle rule."""
        removed = 0
        for path in self._directory.iterdir() if self._directory is not None else ():
            if UNFINISHED.fullmatch(path.name) and path.stat().st_mtime < moment.timestamp():
                path.unlink(missing_ok=True)
                removed += 1
        return removed


class Vault(SealedVault):
    """Encrypts what it stores, and opens it again with the keys of the service."""

    def __init__(self, store: "ObjectStore", keys: KeyRing, directory: Path | None) -> None:
        super().__init__(store, directory)
        self._keys = keys

    async def put(self, evidence_id: UUID, content: AsyncIterator[bytes]) -> bytes:
        """Store a content completely or not at all; return its wrapped key. Errors of `content` pass through unchanged."""
        key = AESGCM.generate_key(256)
        source = _Source(seal_chunks(content, key))
        try:
            # pieces of an object that are on their way at once: they are what an upload keeps in memory
            await obstore.put_async(self._store, str(evidence_id), source, max_concurrency=2)
            if self._directory is not None:
                await asyncio.to_thread(_make_durable, self._directory / str(evidence_id))
        except Exception as error:
            await self._forget(evidence_id)
            if source.error is not None:
                raise source.error from None
            raise _unavailable() from error
        return self._keys.wrap_key(key, evidence_id.bytes)

    async def open(self, row: Kept) -> "Content":
        """Return the content of a piece of evidence, chunk by chunk; raise evidence_damaged if the first is damaged.

        If a later chunk is damaged, or the whole is not what was uploaded, the iterator raises DamagedError instead of
        yielding the rest: the last chunk comes only once size and digest agree. Whoever does not read to the end closes it.
        """
        try:
            key = self._keys.unwrap_key(row.wrapped_key, row.evidence_id.bytes)
            found = await obstore.get_async(self._store, str(row.evidence_id))
            return await Content.begin(_pieces(found), row, key)
        except (InvalidTag, DamagedError, FileNotFoundError):
            raise ProblemError(EVIDENCE_DAMAGED) from None
        except BaseError as error:
            raise _unavailable() from error


class Content:
    """The content of a piece of evidence, chunk by chunk; its object is open until the end, or until it is closed."""

    def __init__(
        self, first: bytes, chunks: AsyncGenerator[bytes, None], pieces: AsyncGenerator[bytes, None]
    ) -> None:
        self._first: bytes | None = first
        self._chunks = chunks
        self._pieces = pieces

    @classmethod
    async def begin(cls, pieces: AsyncGenerator[bytes, None], row: Kept, key: bytes) -> "Content":
        """Return the content of the encrypted pieces, of which the first chunk was checked."""
        chunks = checked(unseal_chunks(pieces, key), size=row.size, sha256=row.sha256)
        try:
            return cls(await anext(chunks), chunks, pieces)
        except BaseException:
            await pieces.aclose()
            raise

    def __aiter__(self) -> "Content":
        return self

    async def __anext__(self) -> bytes:
        first, self._first = self._first, None
        return await anext(self._chunks) if first is None else first

    async def aclose(self) -> None:
        """Close the object, from the outside in: generators that are left to themselves close at some later time."""
        await self._chunks.aclose()
        await self._pieces.aclose()


class _Source:
    """An iterator that remembers its error, because the store replaces any error by one of its own."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.error: BaseException | None = None

    def __aiter__(self) -> "_Source":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


def open_vault(settings: Settings, keys: KeyRing) -> Vault:
    """Open the vault of these settings; the credentials of a bucket come from the environment (AWS_…)."""
    store, directory = _open_store(settings)
    return Vault(store, keys, directory)


def open_sealed_vault(settings: Settings) -> SealedVault:
    """Open the same where there are no keys."""
    return SealedVault(*_open_store(settings))


def _open_store(settings: Settings) -> tuple["ObjectStore", Path | None]:
    if settings.evidence_url is not None:
        return from_url(settings.evidence_url), None
    make_private(settings.evidence_dir)
    return LocalStore(settings.evidence_dir), settings.evidence_dir


def _unavailable() -> ProblemError:
    return ProblemError(EVIDENCE_UNAVAILABLE, headers={"Retry-After": RETRY_SECONDS})


async def _pieces(found: "obstore.GetResult") -> AsyncGenerator[bytes, None]:
    # whoever reads slowly keeps no more than this in memory: the default is 10 MB
    try:
        async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(piece)
    except BaseError as error:
        raise _unavailable() from error


def _make_durable(path: Path) -> None:
    """Flush a file and its directory to disk: the store renames the file into place but does not flush it."""
    for part in (path, path.parent):
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
