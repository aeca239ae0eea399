"""Encrypts a piece of evidence while it streams by, so that any change of the stored bytes is noticed.

Chunks of 64 KiB are encrypted with AES-256-GCM under a key used for no other piece. The nonce of a chunk is its position
(11 bytes, big-endian) and a byte that is 1 only for the last chunk: the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár (2015). Chunks that were altered, moved, repeated or left out do not decrypt, and neither does the end
of a file that was cut short.
"""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES: Final = 64 * 1024
SEALED_BYTES: Final = CHUNK_BYTES + 16  # a chunk and its tag
POSITION_BYTES: Final = 11


class DamagedError(ValueError):
    """The stored bytes are not those that were stored."""


async def seal_chunks(content: AsyncIterator[bytes], key: bytes) -> AsyncIterator[bytes]:
    """Yield the encrypted chunks of a content that comes in pieces of any size."""
    cipher = AESGCM(key)
    position = 0
    async for chunk, is_last in _chunks(content, CHUNK_BYTES):
        yield cipher.encrypt(_nonce(position, is_last=is_last), chunk, None)
        position += 1


async def unseal_chunks(sealed: AsyncIterator[bytes], key: bytes) -> AsyncIterator[bytes]:
    """Yield the content chunk by chunk; raise DamagedError at the first chunk that was changed."""
    cipher = AESGCM(key)
    position = 0
    async for chunk, is_last in _chunks(sealed, SEALED_BYTES):
        try:
            yield cipher.decrypt(_nonce(position, is_last=is_last), chunk, None)
        except InvalidTag:
            raise DamagedError("a chunk is not as it was stored") from None
        position += 1


async def checked(content: AsyncIterator[bytes], *, size: int, sha256: bytes) -> AsyncGenerator[bytes, None]:
    """Yield the same chunks, the last only if size and digest of the whole agree; raise DamagedError otherwise."""
    digest = hashlib.sha256()
    held: bytes | None = None
    seen = 0
    async for chunk in content:
        if held is not None:
            yield held
        held = chunk
        digest.update(chunk)
        seen += len(chunk)
    if held is None or seen != size or digest.digest() != sha256:
        raise DamagedError("the whole is not what was stored")
    yield held


async def _chunks(content: AsyncIterator[bytes], size: int) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the content in chunks of `size`, each with whether it is the last one."""
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True


def _nonce(position: int, *, is_last: bool) -> bytes:
    return position.to_bytes(POSITION_BYTES, "big") + bytes([is_last])
