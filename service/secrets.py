"""The service's secret keys: made at first start, kept outside the database, readable by their owner only."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

EVIDENCE = "evidence.key"
PREVIOUS_EVIDENCE = "evidence.previous.key"
KEY_BYTES = 32
NONCE_BYTES = 12
PSEUDONYM_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Five independent 256-bit keys, one a purpose, so that the loss of one leaves the others whole.

    While the master key of evidence is changed, the one before still opens what was wrapped under it.
    """

    pseudonym_key: bytes
    seal_key: bytes
    challenge_key: bytes
    signing_key: bytes
    evidence_key: bytes
    previous_evidence_key: bytes | None = None

    def pseudonym(self, purpose: str, value: bytes) -> bytes:
        """HMAC-SHA-256 of `value` under the pseudonym key, cut to 16 bytes; differs by purpose."""
        message = purpose.encode() + b"\0" + value
        return hmac.digest(self.pseudonym_key, message, hashlib.sha256)[:PSEUDONYM_BYTES]

    def cluster(self, purpose: str, value: bytes) -> int:
        """Signed 64-bit pseudonym, the form in which clusters of reporters are stored."""
        return int.from_bytes(self.pseudonym(purpose, value)[:8], "big", signed=True)

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Encrypt with AES-256-GCM; `bound_to` (the report's id) must be given again to open it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.seal_key).encrypt(nonce, plaintext, bound_to)

    def unseal(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt what `seal` made; raises `cryptography.exceptions.InvalidTag` when altered or moved."""
        return AESGCM(self.seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)

    def wrap_key(self, key: bytes, bound_to: bytes) -> bytes:
        """Encrypt the key of one piece of evidence, `bound_to` its id, under the master key of evidence."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.evidence_key).encrypt(nonce, key, bound_to)

    def unwrap_key(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt what `wrap_key` made; raises `cryptography.exceptions.InvalidTag` when altered or moved."""
        nonce, key = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self.evidence_key).decrypt(nonce, key, bound_to)
        except InvalidTag:
            if self.previous_evidence_key is None:
                raise
            return AESGCM(self.previous_evidence_key).decrypt(nonce, key, bound_to)

    def is_wrapped_anew(self, wrapped: bytes, bound_to: bytes) -> bool:
        """Whether a key is wrapped under the present master key."""
        try:
            AESGCM(self.evidence_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
        except InvalidTag:
            return False
        return True

    def signer(self) -> Ed25519PrivateKey:
        """Private key with which manifests are signed."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)


def load_key_ring(directory: Path) -> KeyRing:
    """Read the key ring, making each key that is not there yet (mode 0600, directory 0700)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ("pseudonym", "seal", "challenge", "signing", "evidence")
    previous = directory / PREVIOUS_EVIDENCE
    keys = KeyRing(*(_load_or_create(directory / f"{name}.key") for name in names))
    return replace(keys, previous_evidence_key=_read(previous)) if previous.exists() else keys


def change_evidence_key(directory: Path) -> None:
    """Make a new master key of evidence and keep the one before beside it; raises FileExistsError while that is there."""
    previous = directory / PREVIOUS_EVIDENCE
    os.link(directory / EVIDENCE, previous)
    (directory / EVIDENCE).unlink()
    _load_or_create(directory / EVIDENCE)


def _load_or_create(path: Path) -> bytes:
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # link, unlike rename, never replaces a key that another process made in the meantime
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} holds {len(key)} bytes where {KEY_BYTES} are expected")
    return key
