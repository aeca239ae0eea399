"""Where the files of a backup come from: exports, keys, and what the operator has set."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from service.backup import manifest as places
from service.backup.words import BackupError
from service.edge.problems import ProblemError
from service.secrets import EVIDENCE, KEY_FILES, PREVIOUS_EVIDENCE
from service.settings import Settings

#: Settings that hold a password or another secret: they belong into no file.
SECRET_SETTINGS: Final = frozenset({"database_url", "code_gateway_secret"})


def list_exports(directory: Path) -> Mapping[str, list[Path]]:
    """Return the files of every export by the name of its directory; hidden ones are not finished."""
    try:
        names = sorted(path.name for path in directory.iterdir()) if directory.exists() else []
    except OSError as error:
        raise BackupError.of("cannot_read", place=directory, reason=error.strerror) from error
    return {name: _files_below(directory / name) for name in names if not name.startswith(".")}


def export_id_of(path: str) -> UUID | None:
    """Return the id of the export in whose directory a file lies; None where the operator chose the name."""
    try:
        return UUID(path.partition("/")[0])
    except ValueError:
        return None


def safe_name(path: Path) -> str:
    """Return a path as the manifest writes it; raises BackupError for a name that is not UTF-8."""
    name = path.as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        told = os.fsencode(name).decode(errors="replace")
        raise BackupError.of("cannot_read", place=told, reason="its name is not UTF-8") from error
    return name


def read_keys(directory: Path) -> Mapping[str, bytes]:
    """Return the content of every key, also of one that is being replaced; raises BackupError if one is missing."""
    try:
        found = {path.name: path.read_bytes() for path in sorted(directory.glob("*.key"))}
    except OSError as error:
        raise BackupError.of("cannot_read", place=error.filename, reason=error.strerror) from error
    if missing := [name for name in KEY_FILES if name not in found]:
        raise BackupError.of("no_keys", place=directory, missing=", ".join(missing))
    return found


def keys_for_all(first: Mapping[str, bytes], last: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the last reading of the keys with the key of evidence that the first had besides, as the previous one.

    Whatever was wrapped between the two readings is opened by one of them, also if `evidence rewrap` ended meanwhile and
    its previous key was deleted. Raises BackupError for more keys of evidence than a key ring has places for.
    """
    seen = [keys[name] for keys in (last, first) for name in (EVIDENCE, PREVIOUS_EVIDENCE) if name in keys]
    others = {key for key in seen if key != last[EVIDENCE]}
    if len(others) > 1:
        raise BackupError.of("keys_changing")
    return {**last, PREVIOUS_EVIDENCE: others.pop()} if others else last


def size_of(path: Path) -> int:
    """Return the size of a file; 0 if it is gone, as those of expiring exports may be at any moment."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def list_settings_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the files that settings name, with their places in a backup."""
    if settings.catalogue_dir is not None:
        for path in sorted(settings.catalogue_dir.glob("*.yaml")):
            yield f"{places.SETTINGS}/catalogue/{safe_name(Path(path.name))}", path.resolve()
    for folder, file in (("model", settings.model_path), ("font", settings.print_font)):
        if file is not None:
            yield f"{places.SETTINGS}/{folder}/{safe_name(Path(file.name))}", file.resolve()


def settings_told(settings: Settings) -> bytes:
    """Return the settings that were not left at their defaults, by variable; secrets are only named."""
    chosen = settings.model_dump(mode="json", include=settings.model_fields_set)
    told = {
        f"DUNWATCH_{name.upper()}": "(a secret, not in the backup)" if name in SECRET_SETTINGS else value
        for name, value in sorted(chosen.items())
        if value is not None
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"


@contextlib.contextmanager
def told_as_unreadable(settings: Settings) -> Iterator[None]:
    """Tell an operator which vault cannot be read, instead of what an API would answer."""
    try:
        yield
    except ProblemError as error:
        place = settings.evidence_url or settings.evidence_dir
        cause = error.__cause__ or error
        reason = str(cause).partition("\n")[0]
        raise BackupError.of("cannot_read", place=place, reason=reason) from error


def _files_below(path: Path) -> list[Path]:
    """Return the files of a directory at any depth, or a file that stands where one is expected."""
    if path.is_symlink() or not path.is_dir():
        return [path]
    found = []
    for parent, directories, names in os.walk(path):
        links = [name for name in directories if Path(parent, name).is_symlink()]
        found += [Path(parent, name) for name in sorted([*names, *links])]
    return found
