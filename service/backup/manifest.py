"""The manifest of a backup: what it holds and from when, the digest of every file, and a signature over all of it.

The signature is Ed25519 over the canonical JSON (RFC 8785) of every other member, by the key that signs exports.
"""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from service.signed import SignedDocument

FORMAT: Final = "dunwatch-backup/1"
MANIFEST_NAME: Final = "manifest.json"
DUMP: Final = "database.dump"
KEYS: Final = "keys"
EVIDENCE: Final = "evidence"
EXPORTS: Final = "exports"
LEDGER: Final = "ledger"
SETTINGS: Final = "settings"
#: Where files of a backup may lie: a path of anything else is never opened.
PLACES: Final = frozenset({DUMP, KEYS, EVIDENCE, EXPORTS, LEDGER, SETTINGS})
NOTE: Final = f"{LEDGER}/ledger.note"

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
Digest: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ManifestError(ValueError):
    """The bytes are not the manifest of a backup."""


class UnsupportedFormatError(ManifestError):
    """A manifest in another format."""


class BackupFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, by its path below the backup; a key by its name."""

    path: str
    bytes: Count
    sha256: Digest

    @property
    def is_safe(self) -> bool:
        """Return whether the path stays below the backup and in a place that a backup has."""
        parts = self.path.split("/")
        is_plain = all(part not in ("", ".", "..") and "\0" not in part for part in parts)
        return is_plain and parts[0] in PLACES and (parts[0] == DUMP) == (len(parts) == 1)


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the database held at the moment of the backup; what is restored is compared with it."""

    revision: str  # of the schema
    database_bytes: Count
    reports: Count
    evidence: Count
    ledger_entries: Count
    ledger_root: Digest


class BackupManifest(SignedDocument, msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole manifest. Everything acknowledged before `taken_at` is in the backup."""

    backup_id: UUID
    taken_at: Moment
    seconds: Annotated[float, Meta(ge=0)]  # that the backup took
    service_version: str
    facts: Facts
    files: tuple[BackupFile, ...]
    #: Digests of all keys, wherever they are: that of 32 random bytes tells nothing about them.
    keys: tuple[BackupFile, ...]
    keys_are: Literal["inside", "apart", "left out"]
    #: Evidence whose object was missing already when the backup was made.
    lost: tuple[UUID, ...] = ()
    public_key: str = ""
    format: str = FORMAT
    signature: str = ""


class _Format(msgspec.Struct):
    format: str


def parse_manifest(content: bytes) -> BackupManifest:
    """Return the manifest in these bytes; raises `ManifestError`, `UnsupportedFormatError` for another format."""
    try:
        written = msgspec.json.decode(content, type=_Format).format
        if written != FORMAT:
            raise UnsupportedFormatError(written)
        return msgspec.json.decode(content, type=BackupManifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(str(error)) from error
