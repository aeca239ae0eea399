"""Checks a backup: every file against the manifest, the manifest against its signature. Changes nothing."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.backup import manifest as places
from service.backup.draft import CHUNK_BYTES
from service.backup.manifest import (
    FORMAT,
    MANIFEST_NAME,
    BackupFile,
    BackupManifest,
    ManifestError,
    UnsupportedFormatError,
    parse_manifest,
)
from service.backup.words import flaw
from service.flaws import Flaw
from service.signed import encode_key

SIGNING_KEY = "signing.key"


def read_manifest(directory: Path) -> tuple[BackupManifest | None, list[Flaw]]:
    """Return the manifest of a backup, and what is wrong with it; None if it cannot be used at all."""
    try:
        content = (directory / MANIFEST_NAME).read_bytes()
        manifest = parse_manifest(content)
    except FileNotFoundError:
        return None, [flaw("manifest_missing", MANIFEST_NAME)]
    except OSError as error:
        return None, [flaw("manifest_unreadable", MANIFEST_NAME, reason=error.strerror)]
    except UnsupportedFormatError as error:
        return None, [flaw("unsupported_format", MANIFEST_NAME, found=error, expected=FORMAT)]
    except ManifestError as error:
        return None, [flaw("manifest_unreadable", MANIFEST_NAME, reason=error)]
    if content != manifest.render() or not manifest.is_signed_by_its_key():
        return None, [flaw("manifest_altered", MANIFEST_NAME)]
    return manifest, []


def check_files(
    directory: Path, manifest: BackupManifest, progress: Callable[[int, int], None]
) -> list[Flaw]:
    """Return everything that differs from the manifest; `progress` is told bytes done, and of how many."""
    flaws = list(_check_listing(directory, manifest))
    done, total = 0, sum(file.bytes for file in manifest.files)
    for file in manifest.files:
        flaws += _check_file(directory / file.path, file)
        done += file.bytes
        progress(done, total)
    return flaws


def check_keys(directory: Path, manifest: BackupManifest) -> list[Flaw]:
    """Return what differs between the keys in a directory and those that the backup was made with."""
    flaws = [one for key in manifest.keys for one in _check_file(directory / key.path, key)]
    if not flaws:
        signer = Ed25519PrivateKey.from_private_bytes((directory / SIGNING_KEY).read_bytes())
        flaws += check_signer(manifest, signer.public_key())
    return flaws


def check_signer(manifest: BackupManifest, key: Ed25519PublicKey) -> list[Flaw]:
    """Return a flaw if the manifest is signed by another key than the one that is trusted."""
    if manifest.public_key == encode_key(key):
        return []
    return [flaw("wrong_key", MANIFEST_NAME, found=manifest.public_key)]


def _check_listing(directory: Path, manifest: BackupManifest) -> Iterator[Flaw]:
    listed = {file.path for file in manifest.files} | {MANIFEST_NAME}
    for parent, directories, names in os.walk(directory):
        links = [name for name in directories if Path(parent, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(parent, name).relative_to(directory).as_posix()
            if path not in listed:
                yield flaw("file_extra", os.fsencode(path).decode(errors="replace"))
    if manifest.keys_are == "inside":
        for key in manifest.keys:
            if f"{places.KEYS}/{key.path}" not in listed:
                yield flaw("file_missing", f"{places.KEYS}/{key.path}")
    if places.DUMP not in listed:
        yield flaw("file_missing", places.DUMP)


def _check_file(path: Path, file: BackupFile) -> Iterator[Flaw]:
    is_key = "/" not in file.path and file.path != places.DUMP
    if not (file.is_safe or (is_key and file.path.endswith(".key") and not file.path.startswith("."))):
        yield flaw("unsafe_name", file.path)
        return
    if path.is_symlink() or not path.is_file():
        yield flaw("file_missing", file.path)
        return
    try:
        size, digest = _measure(path)
    except OSError as error:
        yield flaw("file_unreadable", file.path, reason=error.strerror)
        return
    if size != file.bytes:
        yield flaw("wrong_size", file.path, found=size, expected=file.bytes)
    elif digest != file.sha256:
        yield flaw("wrong_sha256", file.path)


def _measure(path: Path) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of a file."""
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            digest.update(chunk)
    return size, digest.hexdigest()
