"""The manifest of an export: what was asked for, what each file holds, and a signature over all of it.

The signature is Ed25519 over the canonical JSON of every other member: keys sorted, no white space, UTF-8.
The file holds the same document indented, in exactly one form, so that no byte of it can change unnoticed.
"""

import base64
import binascii
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORMAT: Final = "dunwatch-export/2"
MANIFEST_NAME: Final = "manifest.json"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # what every JSON reader holds exactly
SignedMoment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class ManifestError(ValueError):
    """The bytes are no manifest of a format this version reads."""


class UnsupportedFormatError(ManifestError):
    """A manifest, but of another format."""


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked for: reports recorded from `start` until before `end`, on numbers of these verdicts."""

    start: SignedMoment = msgspec.field(name="from")
    end: SignedMoment = msgspec.field(name="to")
    verdicts: tuple[str, ...]
    layout: str
    legal_basis: str | None
    changes_only: bool


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the export; `sha256` in lower-case hexadecimal, `rows` without a header."""

    name: str
    media_type: str
    rows: Count
    bytes: Count
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole manifest; key and signature in base64.

    `recipient` is the agency it is for, whose ids the rows have; `purpose` what it is for. `feed_id` and `revision`
    are the change feed and its newest revision in the snapshot that was exported, `model_versions` those that scored
    the exported verdicts.
    """

    export_id: UUID
    created_at: SignedMoment
    request: Selection
    recipient: str
    purpose: str
    columns: tuple[str, ...]
    files: tuple[FileEntry, ...]
    model_versions: tuple[str, ...]
    feed_id: UUID
    revision: Count
    service_version: str
    public_key: str = ""
    format: str = FORMAT
    signature: str = ""

    @property
    def rows(self) -> int:
        """Rows of the export: every file holds all of them."""
        return self.files[0].rows

    def signed_bytes(self) -> bytes:
        """Canonical JSON of everything but the signature: what is signed."""
        members = msgspec.to_builtins(self)
        del members["signature"]
        return msgspec.json.encode(members, order="sorted")

    def signed(self, signer: Ed25519PrivateKey) -> "Manifest":
        """The same manifest with this signer's public key and signature."""
        unsigned = msgspec.structs.replace(self, public_key=encode_key(signer.public_key()))
        signature = base64.b64encode(signer.sign(unsigned.signed_bytes())).decode()
        return msgspec.structs.replace(unsigned, signature=signature)

    def is_signed_by_its_key(self) -> bool:
        """Whether the signature fits the document and the key it names."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            load_public_key(self.public_key).verify(signature, self.signed_bytes())
        except (ValueError, InvalidSignature):
            return False
        # the last character before the padding has bits that decoding ignores
        return base64.b64encode(signature).decode() == self.signature

    def render(self) -> bytes:
        """The one form of the manifest file: keys sorted, indented by two, a newline at the end."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"


class _Format(msgspec.Struct):
    format: str


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest file; raises `ManifestError`, `UnsupportedFormatError` for one of another format."""
    try:
        written = msgspec.json.decode(content, type=_Format).format
        if written != FORMAT:
            raise UnsupportedFormatError(written)
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(str(error)) from error


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a finished export; raises `ManifestError` or `OSError`."""
    return parse_manifest((directory / MANIFEST_NAME).read_bytes())


def encode_key(key: Ed25519PublicKey) -> str:
    """The 32 raw bytes of a public key, base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def pem_of(key: Ed25519PublicKey) -> str:
    """A public key as PEM (SubjectPublicKeyInfo), as OpenSSL reads it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def load_public_key(text: str) -> Ed25519PublicKey:
    """A public key from PEM or from base64 of its raw bytes; raises ValueError for anything else."""
    text = text.strip()
    if text.startswith("-----BEGIN"):
        key = load_pem_public_key(text.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return key
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError("not a base64 key") from error
