"""The manifest of an export: what was asked for, what each file holds, and a signature over all of it.

The signature is Ed25519 over the canonical JSON (RFC 8785) of every other member. The file holds the same document
indented, in exactly one form, so that no byte of it can change unnoticed. Its schema in `api_specs/` is written from here.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from service.exports.words import MEDIA_TYPES, LayoutName, VerdictName
from service.signed import SignedDocument

FORMAT: Final = "dunwatch-export/2"
MANIFEST_NAME: Final = "manifest.json"

FILE_NAME: Final = "^[a-z0-9][a-z0-9._-]{0,63}$"

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # what every JSON reader holds exactly
SignedMoment: TypeAlias = Annotated[datetime, Meta(tz=True)]


class ManifestError(ValueError):
    """The bytes are not a manifest in a format that this version reads."""


class UnsupportedFormatError(ManifestError):
    """A manifest in another format."""


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked for: reports recorded from `start` until before `end`, on numbers with one of these verdicts."""

    start: Annotated[SignedMoment, Meta(description="Reports recorded at or after this moment.")] = (
        msgspec.field(name="from")
    )
    end: Annotated[SignedMoment, Meta(description="Reports recorded before this moment.")] = msgspec.field(
        name="to"
    )
    verdicts: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema={"enum": list(get_args(VerdictName))})], ...],
        Meta(
            description="Verdicts of the reported numbers in the snapshot.", extra_json_schema={"minItems": 1}
        ),
    ]
    layout: Annotated[
        str,
        Meta(
            description="Kind of rows; the members of a row are those of export-<layout>.schema.json, with hyphens.",
            extra_json_schema={"enum": list(get_args(LayoutName))},
        ),
    ]
    legal_basis: Annotated[
        str | None,
        Meta(
            description="The provision under which what identifies reporters is filled in; null: it is masked."
        ),
    ]
    changes_only: Annotated[
        bool,
        Meta(
            description="Whether the files hold only what has changed since earlier exports to the recipient; removed.csv "
            "then holds the ids of rows that are no longer part of the export."
        ),
    ]


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the export."""

    name: Annotated[
        str,
        Meta(description="Name of the file, beside the manifest.", extra_json_schema={"pattern": FILE_NAME}),
    ]
    media_type: Annotated[
        str,
        Meta(description="Media type of the file.", extra_json_schema={"enum": list(MEDIA_TYPES.values())}),
    ]
    rows: Annotated[
        Count,
        Meta(description="Rows of data, without a header; the same for every file except removed.csv."),
    ]
    bytes: Annotated[Count, Meta(description="Size of the file in bytes.")]
    sha256: Annotated[
        str,
        Meta(
            description="SHA-256 of the file in lower-case hexadecimal.",
            extra_json_schema={"pattern": "^[0-9a-f]{64}$"},
        ),
    ]


class Manifest(SignedDocument, msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole manifest."""

    export_id: Annotated[UUID, Meta(description="Id of the export.")]
    created_at: Annotated[SignedMoment, Meta(description="When the export was written.")]
    request: Annotated[Selection, Meta(description="What was asked for.")]
    recipient: Annotated[
        str,
        Meta(
            description="Name of the agency that the export is for and whose ids the rows carry; operator for one that the "
            "operator wrote."
        ),
    ]
    purpose: Annotated[str, Meta(description="What the agency uses it for.")]
    columns: Annotated[
        tuple[str, ...],
        Meta(
            description="Header of the CSV and XLSX files. The members of a row are those of export-<layout>.schema.json."
        ),
    ]
    files: Annotated[
        tuple[FileEntry, ...],
        Meta(description="The files of the export.", extra_json_schema={"minItems": 1}),
    ]
    model_versions: Annotated[tuple[str, ...], Meta(description="Models that scored the exported verdicts.")]
    feed_id: Annotated[UUID, Meta(description="The change feed in which `revision` counts.")]
    revision: Annotated[
        Count, Meta(description="Newest revision of the change feed in the snapshot that was exported.")
    ]
    service_version: Annotated[str, Meta(description="Version of dunwatch that wrote the export.")]
    public_key: Annotated[
        str,
        Meta(
            description="The signer's 32 raw bytes, base64. Compare it with GET /v1/exports/signing-key of the service you "
            "trust.",
            extra_json_schema={"contentEncoding": "base64"},
        ),
    ] = ""
    format: Annotated[
        str, Meta(description="Format of the manifest.", extra_json_schema={"const": FORMAT})
    ] = FORMAT
    signature: Annotated[
        str,
        Meta(
            description="Ed25519 signature (RFC 8032) over the canonical JSON (RFC 8785) of every other member, base64.",
            extra_json_schema={"contentEncoding": "base64"},
        ),
    ] = ""

    @property
    def rows(self) -> int:
        """Number of rows of the export: every file holds all of them."""
        return self.files[0].rows


class _Format(msgspec.Struct):
    format: str


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest in these bytes; raises `ManifestError`, `UnsupportedFormatError` for another format."""
    try:
        written = msgspec.json.decode(content, type=_Format).format
        if written != FORMAT:
            raise UnsupportedFormatError(written)
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(str(error)) from error


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of a finished export; raises `ManifestError` or `OSError`."""
    return parse_manifest((directory / MANIFEST_NAME).read_bytes())
