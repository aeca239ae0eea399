"""Checks a copy of the ledger: every entry against its hash, every checkpoint against its signature and the entries.

The copy is what the API returns: `entries.ndjson`, one object of `/v1/log/entries` a line, and `checkpoints.json`, the
answer of `/v1/log/checkpoints`. `dunwatch log DIRECTORY` writes both.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.flaws import Flaw, Wordings
from service.ledger.checkpoint import CheckpointError, read_checkpoint
from service.ledger.merkle import leaf_hash, root_of

ENTRIES: Final = "entries.ndjson"
CHECKPOINTS: Final = "checkpoints.json"

LEDGER_FLAWS: Final[Wordings] = {
    "log_missing": ("缺少该文件", "the file is missing"),
    "log_unreadable": ("第 {line} 行无法读取", "line {line} cannot be read"),
    "entry_altered": ("第 {place} 条记录被改动", "entry {place} was altered"),
    "entry_missing": ("缺少第 {place} 条记录", "entry {place} is missing"),
    "checkpoint_unreadable": ("检查点文件无法读取", "the file of checkpoints cannot be read"),
    "checkpoint_altered": (
        "第 {number} 个检查点被改动，或不是用这把密钥签署的",
        "checkpoint {number} was altered, or is not signed with this key",
    ),
    "other_log": (
        "第 {number} 个检查点属于另一份日志：{origin}",
        "checkpoint {number} belongs to another ledger: {origin}",
    ),
    "entries_cut": (
        "检查点记载 {expected} 条记录，只有 {found} 条",
        "a checkpoint covers {expected} entries, but there are {found}",
    ),
    "entries_rewritten": (
        "第 {first} 至 {last} 条记录中有被改写的（与已签署的检查点不符）",
        "entries {first} to {last} do not match the signed checkpoint: one or more of them were rewritten",
    ),
    "not_in_log": ("日志中没有这份清单", "the ledger has no entry about this manifest"),
}


class EntryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the copy."""

    place: int
    entry: str
    leaf_hash: str


class CheckpointRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint of the copy."""

    size: int
    note: str


class CheckpointFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All checkpoints of the copy."""

    checkpoints: tuple[CheckpointRow, ...]


def render_entries(lines: Sequence[EntryLine]) -> bytes:
    """Return the one form of `entries.ndjson`."""
    return msgspec.json.Encoder().encode_lines(lines)


def render_checkpoints(file: CheckpointFile) -> bytes:
    """Return the one form of `checkpoints.json`."""
    return msgspec.json.encode(file) + b"\n"


def verify_log(directory: Path, public_key: Ed25519PublicKey) -> list[Flaw]:
    """Return everything that is wrong with a copy of the ledger. Never raises for what it finds in the files."""
    missing = [name for name in (ENTRIES, CHECKPOINTS) if not (directory / name).is_file()]
    if missing:
        return [_flaw("log_missing", name) for name in missing]
    flaws: list[Flaw] = []
    entries, wrong = _read_entries((directory / ENTRIES).read_bytes())
    flaws += wrong
    flaws += _check_checkpoints((directory / CHECKPOINTS).read_bytes(), entries, public_key)
    return flaws


def is_in_log(directory: Path, manifest: bytes) -> bool:
    """Return whether the copy has an entry about a manifest with these bytes."""
    digest = sha256(manifest).hexdigest()
    entries, _ = _read_entries((directory / ENTRIES).read_bytes())
    return any(f'"manifest_sha256":"{digest}"' in one.entry for one in entries)


def not_in_log(name: str) -> Flaw:
    """Return the flaw of a manifest that the ledger has no entry about."""
    return _flaw("not_in_log", name)


def _read_entries(content: bytes) -> tuple[list[EntryLine], list[Flaw]]:
    entries: list[EntryLine] = []
    flaws: list[Flaw] = []
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        try:
            one = msgspec.json.decode(line, type=EntryLine)
        except (msgspec.DecodeError, UnicodeDecodeError):
            flaws.append(_flaw("log_unreadable", ENTRIES, line=number))
            continue
        expected = entries[-1].place + 1 if entries else 0
        if one.place > expected:
            flaws.append(_flaw("entry_missing", ENTRIES, place=expected))
        if (
            one.place < expected
            or leaf_hash(one.entry.encode("utf-8", "surrogatepass")).hex() != one.leaf_hash
            or render_entries([one]) != line
        ):
            flaws.append(_flaw("entry_altered", ENTRIES, place=one.place))
        entries.append(one)
    return entries, flaws


def _check_checkpoints(content: bytes, entries: Sequence[EntryLine], key: Ed25519PublicKey) -> Iterator[Flaw]:
    try:
        file = msgspec.json.decode(content, type=CheckpointFile)
    except (msgspec.DecodeError, UnicodeDecodeError):
        file = None
    if file is None or render_checkpoints(file) != content:
        yield _flaw("checkpoint_unreadable", CHECKPOINTS)
        return
    leaves = [leaf_hash(one.entry.encode("utf-8", "surrogatepass")) for one in entries]
    covered, origin = 0, None
    for number, row in enumerate(file.checkpoints, 1):
        try:
            checkpoint = read_checkpoint(row.note, key)
        except CheckpointError:
            yield _flaw("checkpoint_altered", CHECKPOINTS, number=number)
            continue
        if checkpoint.size != row.size:
            yield _flaw("checkpoint_altered", CHECKPOINTS, number=number)
        elif checkpoint.origin != (origin := origin or checkpoint.origin):
            yield _flaw("other_log", CHECKPOINTS, number=number, origin=checkpoint.origin)
        elif checkpoint.size > len(leaves):
            yield _flaw("entries_cut", ENTRIES, expected=checkpoint.size, found=len(leaves))
        elif root_of(leaves[: checkpoint.size]) != checkpoint.root:
            yield _flaw("entries_rewritten", ENTRIES, first=covered, last=checkpoint.size - 1)
        else:
            covered = checkpoint.size


def _flaw(code: str, name: str, **values: object) -> Flaw:
    return Flaw.of(LEDGER_FLAWS, code, name, **values)
