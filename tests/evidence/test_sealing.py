"""An encrypted object opens as it was, and with any byte, chunk or end changed it does not."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evidence.sealing import (
    CHUNK_BYTES,
    SEALED_BYTES,
    DamagedError,
    checked,
    seal_chunks,
    unseal_chunks,
)

KEY = bytes(range(32))


async def pieces_of(content: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def gathered(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def sealed(content: bytes, *, size: int = 50_000, key: bytes = KEY) -> bytes:
    return asyncio.run(gathered(seal_chunks(pieces_of(content, size), key)))


def opened(stored: bytes, *, size: int = 50_000, key: bytes = KEY) -> bytes:
    return asyncio.run(gathered(unseal_chunks(pieces_of(stored, size), key)))


@given(
    length=st.one_of(st.integers(1, 300), st.integers(-2, 2).map(lambda n: 2 * CHUNK_BYTES + n)),
    size=st.integers(1000, 200_000),
)
@settings(max_examples=30, deadline=None)
def test_what_was_sealed_opens_in_pieces_of_any_size(length: int, size: int) -> None:
    content = bytes(n % 251 for n in range(length))
    assert opened(sealed(content, size=size), size=size // 3 + 1) == content


def test_neither_the_content_nor_its_chunks_show() -> None:
    stored = sealed(bytes(3 * CHUNK_BYTES))
    assert bytes(32) not in stored
    chunks = [stored[at : at + SEALED_BYTES] for at in range(0, len(stored), SEALED_BYTES)]
    assert len(set(chunks)) == 3


def chunks_of(stored: bytes) -> list[bytes]:
    return [stored[at : at + SEALED_BYTES] for at in range(0, len(stored), SEALED_BYTES)]


CHANGES: dict[str, Callable[[Sequence[bytes]], Sequence[bytes]]] = {
    "first byte": lambda c: [bytes([c[0][0] ^ 1]) + c[0][1:], *c[1:]],
    "last byte": lambda c: [*c[:-1], c[-1][:-1] + bytes([c[-1][-1] ^ 1])],
    "cut at a chunk": lambda c: c[:-1],
    "cut within one": lambda c: [*c[:-1], c[-1][:-1]],
    "reordered": lambda c: [c[1], c[0], *c[2:]],
    "repeated": lambda c: [c[0], c[0], *c[1:]],
    "left out": lambda c: [c[0], *c[2:]],
    "lengthened": lambda c: [*c, c[0]],
    "emptied": lambda _: [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_object_does_not_open(change: str) -> None:
    stored = sealed(bytes(n % 256 for n in range(2 * CHUNK_BYTES + 1000)))
    with pytest.raises(DamagedError):
        opened(b"".join(CHANGES[change](chunks_of(stored))))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(DamagedError):
        opened(sealed(b"content"), key=AESGCM.generate_key(256))


@pytest.mark.parametrize("wrong", ["size", "digest"])
def test_of_a_content_that_is_not_the_original_the_last_chunk_is_held_back(wrong: str) -> None:
    content = bytes(250)
    given_out: list[bytes] = []

    async def read() -> None:
        size = 249 if wrong == "size" else 250
        digest = hashlib.sha256(content if wrong == "size" else b"other").digest()
        async for chunk in checked(pieces_of(content, 100), size=size, sha256=digest):
            given_out.append(chunk)

    with pytest.raises(DamagedError):
        asyncio.run(read())
    assert b"".join(given_out) == bytes(200)
