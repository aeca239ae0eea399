"""Encrypts a piece of evidence while it streams by, so that no change of the stored bytes goes unnoticed.

Chunks of 64 KiB are encrypted with AES-256-GCM under a key that no other piece has. The nonce of each is its position
(11 bytes, big-endian) and a byte that is 1 for the last chunk alone, the construction STREAM of Hoang, Reyhanitabar,
Rogaway and Vizár (2015): a chunk that was altered, moved, repeated or left out does not open, nor do the chunks of
a file that was cut short.
"""

import hashlib
from collections.abc import AsyncIterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES: Final = 64 * 1024
SEALED_BYTES: Final = CHUNK_BYTES + 16  # with the tag
POSITION_BYTES: Final = 11


class DamagedError(ValueError):
    """What is stored is not what was stored."""


async def seal(content: AsyncIterator[bytes], key: bytes) -> AsyncIterator[bytes]:
    """The encrypted chunks of a content that comes in pieces of any size."""
    cipher = AESGCM(key)
    position = 0
    async for chunk, is_last in _chunks(content, CHUNK_BYTES):
        yield cipher.encrypt(_nonce(position, is_last=is_last), chunk, None)
        position += 1


async def unseal(sealed: AsyncIterator[bytes], key: bytes) -> AsyncIterator[bytes]:
    """The content again, a chunk at a time; raises DamagedError instead of the first that is not as it was."""
    cipher = AESGCM(key)
    position = 0
    async for chunk, is_last in _chunks(sealed, SEALED_BYTES):
        try:
            yield cipher.decrypt(_nonce(position, is_last=is_last), chunk, None)
        except InvalidTag:
            raise DamagedError("a chunk is not as it was stored") from None
        position += 1


async def checked(content: AsyncIterator[bytes], *, size: int, sha256: bytes) -> AsyncIterator[bytes]:
    """The same content, its last chunk held back until the whole is what it should be; raises DamagedError."""
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
    """Pieces cut anew to `size`, each with whether it is the last; that one is known only once nothing follows."""
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True


def _nonce(position: int, *, is_last: bool) -> bytes:
    return position.to_bytes(POSITION_BYTES, "big") + bytes([is_last])
