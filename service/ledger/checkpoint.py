"""Checkpoints of the ledger: its size and root, signed as a note that any verifier of signed notes can read.

    dunwatch/<feed id>
    <entries>
    <root, base64>
    <when, RFC 3339>

    — dunwatch/<feed id> <base64 of 4 bytes of the key's id and the Ed25519 signature over the lines above>

The form is that of https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint.
"""

import base64
import binascii
import hashlib
import re
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519: Final = b"\x01"
_NOTE: Final = re.compile(r"(\S+)\n(\d{1,18})\n([A-Za-z0-9+/]{43}=)\n(\S+)\n\n— (\S+) ([A-Za-z0-9+/=]+)\n")


class CheckpointError(ValueError):
    """A text that is not a checkpoint, or is not signed by the expected key."""


class Checkpoint(NamedTuple):
    """The ledger at one moment: how many entries it had, and the root over them."""

    origin: str
    size: int
    root: bytes
    signed_at: str  # RFC 3339

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{self.signed_at}\n"

    def signed(self, signer: Ed25519PrivateKey) -> str:
        """Return the checkpoint as a signed note."""
        content = key_id(self.origin, signer.public_key()) + signer.sign(self.text().encode())
        return self.with_signature(self.origin, content)

    def with_signature(self, signer: str, content: bytes) -> str:
        """Return the note with a signer's line: four bytes of the key's id, then the signature."""
        return f"{self.text()}\n— {signer} {base64.b64encode(content).decode()}\n"


def origin_of(feed_id: UUID) -> str:
    """Return the name of a service's ledger, made of the id of its feed."""
    return f"dunwatch/{feed_id}"


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Return the four bytes with which a note names the key that signed it."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw).digest()[:4]


def parse_checkpoint(note: str) -> Checkpoint:
    """Return the checkpoint of a note, whoever signed it; raises CheckpointError for a text that is not one."""
    found = _NOTE.fullmatch(note)
    if found is None:
        raise CheckpointError("not a checkpoint")
    origin, size, root, signed_at, _signer, _signature = found.groups()
    return Checkpoint(origin, int(size), base64.b64decode(root), signed_at)


def read_checkpoint(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """Return the checkpoint of a note signed by `key`; raises CheckpointError for any other text or signature."""
    checkpoint = parse_checkpoint(note)
    *_, signer, signature = note.removesuffix("\n").rpartition("\n")[2].split(" ")
    try:
        content = base64.b64decode(signature, validate=True)
        key.verify(content[4:], checkpoint.text().encode())
    except (binascii.Error, InvalidSignature) as error:
        raise CheckpointError("not signed by this key") from error
    # base64 and numbers can be written in several ways: only the text that was signed counts
    is_spelt_so = note == checkpoint.with_signature(signer, content)
    if signer != checkpoint.origin or content[:4] != key_id(checkpoint.origin, key) or not is_spelt_so:
        raise CheckpointError("not signed by this key")
    return checkpoint
