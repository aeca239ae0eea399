"""Commands about exports: write one now, approve those that agencies ask for, check what was received."""

import asyncio
import getpass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID, uuid4

import typer

from service.commands.process import console, start, with_database
from service.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from service.database import Connection, Database
    from service.exports.manifest import Manifest
    from service.exports.schemas import ExportRequest
    from service.exports.store import StoredExport

SHOWN = 50

app = typer.Typer(help="Exports that agencies ask for: list, approve, refuse.", no_args_is_help=True)


@app.command("list")
def list_all(
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as requested.")] = None,
) -> None:
    """List exports, newest first: who asks, for what, and how far they are."""

    async def work(connection: "Connection") -> "list[StoredExport]":
        from service.exports.store import list_exports

        return await list_exports(connection, state=state, at_most=SHOWN)

    for export in with_database(work):
        told, asked = export.status, export.status.request
        rows = f"{told.rows_done:,}" + (f" of {told.rows_total:,}" if told.state == "running" else "")
        identified = "  IDENTIFIES REPORTERS: " + asked["legal_basis"] if asked.get("legal_basis") else ""
        typer.echo(
            f"{told.export_id}  {told.state:9}  {told.agency or '-':12}  {asked['from'][:10]} to {asked['to'][:10]}  "
            f"{rows} rows  {told.purpose or '-'}{identified}"
        )


@app.command()
def approve(
    export_id: Annotated[UUID, typer.Argument(help="Id from `dunwatch exports list`.")],
    reason: Annotated[str, typer.Option(help="Why; kept, and told to the agency.")],
    by: Annotated[str | None, typer.Option(help="Who decides; by default who runs this.")] = None,
) -> None:
    """Let an agency have an export; a worker then writes it."""
    _decide(export_id, "approved", reason, by)


@app.command()
def refuse(
    export_id: Annotated[UUID, typer.Argument(help="Id from `dunwatch exports list`.")],
    reason: Annotated[str, typer.Option(help="Why; kept, and told to the agency.")],
    by: Annotated[str | None, typer.Option(help="Who decides; by default who runs this.")] = None,
) -> None:
    """Refuse an export."""
    _decide(export_id, "refused", reason, by)


@app.command("schemas")
def write_schemas(
    directory: Annotated[Path, typer.Argument(help="Where to write them, such as api_specs.")],
) -> None:
    """Write the JSON Schemas of layouts and manifest, one file each."""
    import json

    from service.exports.published import published_schemas

    for name, schema in published_schemas().items():
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (directory / f"{name}.schema.json").write_text(text, "utf-8")


def _decide(export_id: UUID, decision: Literal["approved", "refused"], reason: str, by: str | None) -> None:
    async def work(connection: "Connection") -> "StoredExport":
        from service.exports.approve import decide
        from service.exports.schemas import ExportDecision

        taken = ExportDecision(decision=decision, reason=reason)
        who = f"operator:{by or getpass.getuser()}"
        return await decide(connection, export_id, taken, by=who, now=datetime.now(UTC))

    from service.edge.problems import ProblemError

    try:
        export = with_database(work)
    except ProblemError as error:
        console.print(f"{error.document('zh')['detail']} / {error.document('en')['detail']}", markup=False)
        raise typer.Exit(1) from error
    console.print(f"{export_id}: {decision}, {export.status.state}", markup=False)


def export(
    out: Annotated[Path, typer.Argument(help="Directory to make; it appears whole or not at all.")],
    start_at: Annotated[str, typer.Option("--from", help="First day, or an RFC 3339 time.")],
    end_at: Annotated[str, typer.Option("--to", help="First day not included, or an RFC 3339 time.")],
    verdict: Annotated[
        list[str] | None, typer.Option(help="Verdicts of the numbers; may be given several times.")
    ] = None,
    file_format: Annotated[
        list[str] | None,
        typer.Option("--format", help="csv, ndjson, xlsx, parquet; may be given several times."),
    ] = None,
    layout: Annotated[str, typer.Option(help="Rows: 12321, 12321_extended or numbers.")] = "12321",
    legal_basis: Annotated[
        str | None, typer.Option(help="Why what identifies reporters is filled in; else it is masked.")
    ] = None,
) -> None:
    """Write a signed export at once, for the operator; agencies ask for theirs and somebody approves them."""
    settings = start()
    from pydantic import ValidationError

    from service.edge.validation import field_errors
    from service.exports.schemas import ExportRequest
    from service.host.supervisor import running_database

    chosen = {"from": start_at, "to": end_at, "verdicts": verdict, "formats": file_format, "layout": layout,
              "legal_basis": legal_basis}  # fmt: skip
    try:
        request = ExportRequest.model_validate({name: value for name, value in chosen.items() if value})
    except ValidationError as error:
        for problem in field_errors(error.errors(include_url=False)):
            console.print(f"{problem.field}: {problem.zh} / {problem.en}")
        raise typer.Exit(2) from error
    with running_database(settings):
        asyncio.run(_export(settings, request, out))


async def _export(settings: Settings, request: "ExportRequest", out: Path) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from service.database import open_database
    from service.exports.files import ExportWriteError
    from service.exports.snapshot import count_reports
    from service.exports.write import ExportOrder, write_export
    from service.secrets import load_key_ring

    database = open_database(settings)
    try:
        with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as progress:
            task = progress.add_task("export", total=await count_reports(database, request))
            keys = load_key_ring(settings.keys_dir)
            order = ExportOrder(request=request, keys=keys, export_id=uuid4(), now=datetime.now(UTC))
            manifest = await write_export(
                database, order, out, progress=lambda rows: progress.update(task, completed=rows)
            )
        await _tell(database, manifest, request)
    except ExportWriteError as error:
        console.print(f"Nothing was exported: {error}")
        raise typer.Exit(1) from error
    finally:
        await database.close()
    for file in manifest.files:
        console.print(f"{out / file.name}: {file.rows:,} rows, {file.bytes:,} bytes")


async def _tell(database: "Database", manifest: "Manifest", request: "ExportRequest") -> None:
    """What the operator takes out stands in the ledger too."""
    from service.ledger.entry import Action, Entry
    from service.ledger.store import append_entry

    entry = Entry(
        action=Action.WRITTEN,
        at=datetime.now(UTC),
        export_id=manifest.export_id,
        agency=manifest.recipient,
        by=f"operator:{getpass.getuser()}",
        identifies_reporters=request.legal_basis is not None,
        rows=manifest.rows,
        manifest_sha256=sha256(manifest.render()).hexdigest(),
    )
    await database.in_transaction(lambda connection: append_entry(connection, entry))


def verify(
    export: Annotated[
        Path | None, typer.Argument(exists=True, help="Directory of an export, or its manifest.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="The service's signing key, from GET /v1/exports/signing-key.")
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="Copy of the ledger: check it, and the export against it."
        ),
    ] = None,
) -> None:
    """Check an export against its manifest and signature, or a copy of the ledger; name everything that is wrong."""
    from service.exports.manifest import load_public_key

    if export is None and log is None:
        console.print("name an export, a copy of the ledger (--log), or both")
        raise typer.Exit(2)
    if log is not None and public_key is None:
        console.print("--log needs --public-key: a ledger is worth what the key is worth that one trusts")
        raise typer.Exit(2)
    try:
        key = load_public_key(public_key) if public_key else None
    except ValueError as error:
        console.print(f"--public-key: {error}")
        raise typer.Exit(2) from error
    flaws = [*_check_export(export, key), *_check_log(log, export, key)]
    for flaw in flaws:
        console.print(flaw, markup=False)
    if flaws:
        raise typer.Exit(1)
    if export is not None:
        console.print(
            "the export is whole and unaltered"
            + ("" if key else " (by the key it carries: give --public-key to check who signed)")
        )
    if log is not None:
        console.print("the ledger is whole and unaltered" + (", and tells of the export" if export else ""))


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
    directory: Annotated[Path, typer.Argument(help="Where to write entries.ndjson and checkpoints.json.")],
) -> None:
    """Write a copy of the ledger of all exports, with a checkpoint signed now, for `dunwatch verify --log`."""
    settings = start()
    from service.ledger.copy import copy_ledger
    from service.ledger.sign import LedgerAlteredError, Notary, sign_ledger
    from service.secrets import load_key_ring

    notary = Notary(load_key_ring(settings.keys_dir).signer(), settings.ledger_note)

    async def work(connection: "Connection") -> tuple[bytes, bytes, str | None, str | None]:
        note = flaw = None
        try:
            note = await sign_ledger(connection, notary, datetime.now(UTC), is_forced=True)
        except LedgerAlteredError as error:
            flaw = str(error)
        return *await copy_ledger(connection), note, flaw

    entries, checkpoints, note, flaw = with_database(work)
    if note is not None:
        notary.remember(note)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "entries.ndjson").write_bytes(entries)
    (directory / "checkpoints.json").write_bytes(checkpoints)
    lines = entries.count(b"\n")
    console.print(f"{directory}: {lines:,} entries")
    if flaw is not None:
        console.print(
            f"日志被改动，没有签署 / the ledger was altered and is not signed: {flaw}", markup=False
        )
        raise typer.Exit(1)
