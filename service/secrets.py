"""The service's secret keys: made at the first start, kept outside the database, readable only by their owner."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.directories import make_private

EVIDENCE = "evidence.key"
PREVIOUS_EVIDENCE = "evidence.previous.key"
#: Names of the files of all keys, in the order of the members of a key ring.
KEY_FILES = ("pseudonym.key", "seal.key", "challenge.key", "signing.key", EVIDENCE)
KEY_BYTES = 32
NONCE_BYTES = 12
PSEUDONYM_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Five independent 256-bit keys, one per purpose, so that losing one does not compromise the others.

    While the master key of evidence is being changed, the previous one still decrypts what it encrypted.
    """

    pseudonym_key: bytes
    seal_key: bytes
    challenge_key: bytes
    signing_key: bytes
    evidence_key: bytes
    previous_evidence_key: bytes | None = None

    def pseudonym(self, purpose: str, value: bytes) -> bytes:
        """Return the HMAC-SHA-256 of `value` under the pseudonym key, cut to 16 bytes; it differs by purpose."""
        message = purpose.encode() + b"\0" + value
        return hmac.digest(self.pseudonym_key, message, hashlib.sha256)[:PSEUDONYM_BYTES]

    def cluster(self, purpose: str, value: bytes) -> int:
        """Return a signed 64-bit pseudonym, the form in which clusters of reporters are stored."""
        return int.from_bytes(self.pseudonym(purpose, value)[:8], "big", signed=True)

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Encrypt with AES-256-GCM; decrypting needs the same `bound_to` (the id of the row) again."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.seal_key).encrypt(nonce, plaintext, bound_to)

    def unseal(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt what `seal` encrypted; raise `cryptography.exceptions.InvalidTag` if it was altered or moved."""
        return AESGCM(self.seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)

    def wrap_key(self, key: bytes, bound_to: bytes) -> bytes:
        """Encrypt the key of one piece of evidence, `bound_to` its id, under the master key of evidence."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.evidence_key).encrypt(nonce, key, bound_to)

    def unwrap_key(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt what `wrap_key` encrypted; raise `cryptography.exceptions.InvalidTag` if it was altered or moved."""
        nonce, key = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self.evidence_key).decrypt(nonce, key, bound_to)
        except InvalidTag:
            if self.previous_evidence_key is None:
                raise
            return AESGCM(self.previous_evidence_key).decrypt(nonce, key, bound_to)

    def is_wrapped_anew(self, wrapped: bytes, bound_to: bytes) -> bool:
        """Return whether a key is wrapped under the current master key."""
        try:
            AESGCM(self.evidence_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
        except InvalidTag:
            return False
        return True

    def signer(self) -> Ed25519PrivateKey:
        """Return the private key that signs manifests."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)


def passing_keys() -> KeyRing:
    """Return keys that are stored nowhere, for work whose results are thrown away."""
    return KeyRing(*(secrets.token_bytes(KEY_BYTES) for _ in KEY_FILES))


def load_key_ring(directory: Path) -> KeyRing:
    """Return the key ring, after making each key that does not exist yet (mode 0600, directory 0700)."""
    make_private(directory)
    previous = directory / PREVIOUS_EVIDENCE
    keys = KeyRing(*(_load_or_create(directory / name) for name in KEY_FILES))
    return replace(keys, previous_evidence_key=_read(previous)) if previous.exists() else keys


def change_evidence_key(directory: Path) -> None:
    """Make a new master key of evidence and keep the previous one beside it.

    Raise FileExistsError if a previous key is still there.
    """
    previous = directory / PREVIOUS_EVIDENCE
    os.link(directory / EVIDENCE, previous)
    (directory / EVIDENCE).unlink()
    _load_or_create(directory / EVIDENCE)


def _load_or_create(path: Path) -> bytes:
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.new")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            # link, unlike rename, never replaces a key that another process made in the meantime
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} has {len(key)} bytes instead of {KEY_BYTES}")
    return key
