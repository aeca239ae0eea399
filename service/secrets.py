"""The service's secret keys: made at first start, kept outside the database, readable by their owner only."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
PSEUDONYM_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Five independent 256-bit keys, one a purpose, so that the loss of one leaves the others whole."""

    pseudonym_key: bytes
    seal_key: bytes
    challenge_key: bytes
    signing_key: bytes
    evidence_key: bytes

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
        return AESGCM(self.evidence_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)

    def signer(self) -> Ed25519PrivateKey:
        """Private key with which manifests are signed."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)


def load_key_ring(directory: Path) -> KeyRing:
    """Read the key ring, making each key that is not there yet (mode 0600, directory 0700)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ("pseudonym", "seal", "challenge", "signing", "evidence")
    return KeyRing(*(_load_or_create(directory / f"{name}.key") for name in names))


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
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} holds {len(key)} bytes where {KEY_BYTES} are expected")
    return key
