"""Checks an export against its manifest and lists everything that is wrong with it."""

import csv
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.exports.manifest import (
    FILE_NAME,
    FORMAT,
    MANIFEST_NAME,
    FileEntry,
    Manifest,
    ManifestError,
    UnsupportedFormatError,
    parse_manifest,
)
from service.flaws import MANIFEST_FLAWS, Flaw, Wordings
from service.signed import encode_key

CHUNK_BYTES = 1 << 20
LINED = frozenset({"text/csv; charset=utf-8", "application/x-ndjson"})
#: A manifest names files of its own directory; nothing else is ever opened.
SAFE_NAME = re.compile(FILE_NAME)

EXPORT_FLAWS: Final[Wordings] = {
    **MANIFEST_FLAWS,
    "manifest_missing": ("没有清单文件", "the manifest is missing"),
    "unsupported_format": (
        "清单格式为 {found}，本程序只能核对 {expected}",
        "the manifest has the format {found}; this program checks {expected}",
    ),
    "wrong_rows": (
        "文件有 {found} 行数据，清单记载 {expected} 行",
        "the file has {found} rows, the manifest says {expected}",
    ),
}


def verify_export(path: Path, public_key: Ed25519PublicKey | None = None) -> list[Flaw]:
    """Return everything that is wrong with the export in a directory, or in the directory of the given file.

    Without `public_key` the manifest is checked with the key that it names itself: this shows that nobody altered it
    without a key, not who signed it. Never raises for what it finds in the directory.
    """
    directory = path if path.is_dir() else path.parent
    try:
        content = (directory / MANIFEST_NAME).read_bytes()
    except FileNotFoundError:
        return [_flaw("manifest_missing", MANIFEST_NAME)]
    except OSError as error:
        return [_flaw("manifest_unreadable", MANIFEST_NAME, reason=error.strerror)]
    try:
        manifest = parse_manifest(content)
    except UnsupportedFormatError as error:
        return [_flaw("unsupported_format", MANIFEST_NAME, found=error, expected=FORMAT)]
    except ManifestError as error:
        return [_flaw("manifest_unreadable", MANIFEST_NAME, reason=error)]
    return [
        *_check_manifest(manifest, content, public_key),
        *_check_listing(manifest, directory),
        *(flaw for entry in manifest.files for flaw in _check_file(entry, directory)),
    ]


def _check_manifest(
    manifest: Manifest, content: bytes, public_key: Ed25519PublicKey | None
) -> Iterator[Flaw]:
    if content != manifest.render() or not manifest.is_signed_by_its_key():
        yield _flaw("manifest_altered", MANIFEST_NAME)
    if public_key is not None and manifest.public_key != encode_key(public_key):
        yield _flaw("wrong_key", MANIFEST_NAME, found=manifest.public_key)


def _check_listing(manifest: Manifest, directory: Path) -> Iterator[Flaw]:
    listed = {entry.name for entry in manifest.files}
    for name in sorted({found.name for found in directory.iterdir()} - listed - {MANIFEST_NAME}):
        yield _flaw("file_extra", name)


def _check_file(entry: FileEntry, directory: Path) -> Iterator[Flaw]:
    if not SAFE_NAME.fullmatch(entry.name):
        yield _flaw("unsafe_name", entry.name)
        return
    path = directory / entry.name
    if path.is_symlink() or not path.is_file():
        yield _flaw("file_missing", entry.name)
        return
    try:
        size, digest = _measure(path)
        # a packed file is opened only if it is the one that was signed
        is_opened = digest == entry.sha256 or entry.media_type in LINED
        rows = _count_rows(path, entry.media_type) if is_opened else entry.rows
    except (OSError, csv.Error, zipfile.BadZipFile, ValueError) as error:
        yield _flaw("file_unreadable", entry.name, reason=error)
        return
    if size != entry.bytes:
        yield _flaw("wrong_size", entry.name, found=size, expected=entry.bytes)
    if digest != entry.sha256:
        yield _flaw("wrong_sha256", entry.name)
    if rows != entry.rows:
        yield _flaw("wrong_rows", entry.name, found=rows, expected=entry.rows)


def _measure(path: Path) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of a file."""
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            digest.update(chunk)
    return size, digest.hexdigest()


def _count_rows(path: Path, media_type: str) -> int:
    """Return the rows of data: CSV records after the header (a text may hold line breaks), lines, rows of sheets."""
    if media_type.startswith("text/csv"):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            return max(0, sum(1 for _ in csv.reader(text)) - 1)
    if media_type.endswith("spreadsheetml.sheet"):
        return _count_sheet_rows(path)
    if media_type.endswith("parquet"):
        from pyarrow.parquet import read_metadata  # noqa: PLC0415  most exports are checked without it

        return int(read_metadata(path).num_rows)
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in _chunks(file))


def _count_sheet_rows(path: Path) -> int:
    """Return the rows of all sheets without their headers."""
    rows = 0
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/"):
                with book.open(name) as sheet:
                    rows += _count(b"<row ", _chunks(sheet)) - 1
    return rows


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")


def _count(word: bytes, chunks: Iterable[bytes]) -> int:
    """Return how often a word occurs in the chunks of one text, also across their borders."""
    found, end = 0, b""
    for chunk in chunks:
        found += (end + chunk).count(word)
        end = (end + chunk)[1 - len(word) :]
    return found


def _flaw(code: str, name: str, **values: object) -> Flaw:
    return Flaw.of(EXPORT_FLAWS, code, name, **values)
