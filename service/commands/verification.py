"""Commands that check what was handed over: verify an export, copy the ledger of all exports."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from service.commands.process import console, start, with_database

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from service.database import Connection
    from service.ledger.sign import Notary

ReceivedExport = Annotated[
    Path | None, typer.Argument(exists=True, help="The directory that holds an export, or its manifest.")
]
PublicKey = Annotated[
    str | None,
    typer.Option(
        help="Check signatures with this key; the service returns its own at /v1/exports/signing-key."
    ),
]
LedgerDirectory = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, help="Check this copy of the ledger too, and the export against it."
    ),
]


def verify(export: ReceivedExport = None, public_key: PublicKey = None, log: LedgerDirectory = None) -> None:
    """Check an export against its manifest and signature, or a copy of the ledger; name everything wrong."""
    if export is None and log is None:
        console.print("Name the directory of an export, a copy of the ledger (--log), or both.")
        raise typer.Exit(2)
    if log is not None and public_key is None:
        console.print("--log requires --public-key: without a key that you trust, a ledger proves nothing.")
        raise typer.Exit(2)
    key = _loaded(public_key) if public_key else None
    flaws = [*_check_export(export, key), *_check_log(log, export, key)]
    for flaw in flaws:
        console.print(flaw, markup=False)
    if flaws:
        raise typer.Exit(1)
    if export is not None:
        unproven = (
            ""
            if key
            else " It was checked with the key it carries: give --public-key to check who signed it."
        )
        console.print(f"The export is complete and unaltered.{unproven}")
    if log is not None:
        console.print(f"The ledger is complete and unaltered{', and contains the export' if export else ''}.")


def _loaded(public_key: str) -> "Ed25519PublicKey":
    """Return the key that a text holds; end the command when it holds none."""
    from service.signed import load_public_key

    try:
        return load_public_key(public_key)
    except ValueError as error:
        console.print(
            f"--public-key: {error}; the service returns it at /v1/exports/signing-key", markup=False
        )
        raise typer.Exit(2) from error


def _check_export(export: Path | None, key: "Ed25519PublicKey | None") -> list[str]:
    from service.exports.verify import verify_export

    return [str(flaw) for flaw in verify_export(export, key)] if export else []


def _check_log(log: Path | None, export: Path | None, key: "Ed25519PublicKey | None") -> list[str]:
    from service.exports.manifest import MANIFEST_NAME
    from service.ledger.verify import is_in_log, not_in_log, verify_log

    if log is None or key is None:
        return []
    flaws = verify_log(log, key)
    if export is not None and not any(flaw.code == "log_missing" for flaw in flaws):
        manifest = (export if export.is_dir() else export.parent) / MANIFEST_NAME
        if not manifest.is_file() or not is_in_log(log, manifest.read_bytes()):
            flaws.append(not_in_log(MANIFEST_NAME))
    return [str(flaw) for flaw in flaws]


def copy_log(
    directory: Annotated[
        Path, typer.Argument(help="The directory to which entries.ndjson and checkpoints.json are written.")
    ],
) -> None:
    """Write a copy of the ledger of all exports, with a checkpoint signed now, for `dunwatch verify --log`."""
    settings = start()
    from service.ledger.sign import Notary
    from service.secrets import load_key_ring

    notary = Notary(load_key_ring(settings.keys_dir).signer(), settings.ledger_note)
    copy = with_database(lambda connection: _copied(connection, notary))
    if copy.note is not None:
        notary.remember(copy.note)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "entries.ndjson").write_bytes(copy.entries)
    (directory / "checkpoints.json").write_bytes(copy.checkpoints)
    lines = copy.entries.count(b"\n")
    console.print(f"{directory}: {lines:,} entries", markup=False)
    if copy.flaw is not None:
        console.print(
            f"日志被改动，没有签署 / The ledger was altered and is not signed: {copy.flaw}", markup=False
        )
        raise typer.Exit(1)


class _LedgerCopy(NamedTuple):
    """The files of a copy, with the note that was signed for it, or why none was."""

    entries: bytes
    checkpoints: bytes
    note: str | None
    flaw: str | None


async def _copied(connection: "Connection", notary: "Notary") -> _LedgerCopy:
    from service.ledger.copy import copy_ledger
    from service.ledger.sign import LedgerAlteredError, sign_ledger

    note = flaw = None
    try:
        note = await sign_ledger(connection, notary, datetime.now(UTC), is_forced=True)
    except LedgerAlteredError as error:
        flaw = str(error)
    return _LedgerCopy(*await copy_ledger(connection), note, flaw)
