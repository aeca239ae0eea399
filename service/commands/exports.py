"""Commands about exports: write one now, list those that agencies request, approve or refuse them."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID, uuid4

import typer

from service.commands.options import DecidedBy, examples
from service.commands.process import console, start, with_database
from service.exports.words import LAYOUT_ROWS
from service.operator_name import operator_name
from service.settings import Settings

if TYPE_CHECKING:
    from service.database import Connection, Database
    from service.exports.manifest import Manifest
    from service.exports.schemas import ExportRequest
    from service.exports.store import StoredExport

SHOWN = 50

app = typer.Typer(
    help="List the exports that agencies request, and approve or refuse them.", no_args_is_help=True
)
ExportId = Annotated[UUID, typer.Argument(help="The export's id, as `dunwatch exports list` shows it.")]
Directory = Annotated[
    Path, typer.Argument(help="The directory to create; it appears when the export is complete.")
]
Start = Annotated[str, typer.Option("--from", help="Start with this day or RFC 3339 time.")]
End = Annotated[
    str, typer.Option("--to", help="End before this day or RFC 3339 time, which is not included.")
]
Verdicts = Annotated[
    list[str] | None, typer.Option(help="Export only numbers with this verdict; repeat for several.")
]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help="Write csv, ndjson, xlsx or parquet; repeat for several.")
]
Layout = Annotated[str, typer.Option(help=f"Use this layout of rows: {', '.join(LAYOUT_ROWS)}.")]
HeadingsOf = Annotated[
    str | None,
    typer.Option(
        "--headings",
        help="Name all columns of CSV and spreadsheets in Chinese (zh), or as programs read them (names).",
    ),
]
LegalBasis = Annotated[
    str | None,
    typer.Option(help="State why fields that identify reporters are exported; without it, they are masked."),
]
Reason = Annotated[str, typer.Option(help="Give the reason; it is stored, and the agency reads it.")]


@app.command("list", epilog=examples("dunwatch exports list --state requested"))
def list_all(
    state: Annotated[
        str | None, typer.Option(help="Show only exports in this state, such as requested.")
    ] = None,
) -> None:
    """List exports, newest first: who requests them, for what purpose, and how far they are."""

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


@app.command(epilog=examples("dunwatch exports approve ID --reason 'request checked by telephone'"))
def approve(export_id: ExportId, reason: Reason, by: DecidedBy = None) -> None:
    """Approve an export; a worker then writes it and the agency can download it."""
    _decide(export_id, "approved", reason, by)


@app.command()
def refuse(export_id: ExportId, reason: Reason, by: DecidedBy = None) -> None:
    """Refuse an export."""
    _decide(export_id, "refused", reason, by)


@app.command("schemas", epilog=examples("dunwatch exports schemas api_specs"))
def write_schemas(
    directory: Annotated[Path, typer.Argument(help="The directory that takes the files, such as api_specs.")],
) -> None:
    """Write the JSON Schema of each layout and of the manifest to a file of its own."""
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
        who = f"operator:{by or operator_name()}"
        return await decide(connection, export_id, taken, by=who, now=datetime.now(UTC))

    from service.edge.problems import NOT_FOUND, ProblemError

    try:
        export = with_database(work)
    except ProblemError as error:
        known = f"{error.document('zh')['detail']} / {error.document('en')['detail']}"
        unknown = f"There is no export {export_id}; `dunwatch exports list` shows the newest {SHOWN}."
        console.print(unknown if error.problem is NOT_FOUND else known, markup=False)
        raise typer.Exit(1) from error
    console.print(f"{export_id}: {decision}, {export.status.state}", markup=False)


def export(
    out: Directory,
    start_at: Start,
    end_at: End,
    verdict: Verdicts = None,
    file_format: Formats = None,
    layout: Layout = "12321",
    legal_basis: LegalBasis = None,
    headings: HeadingsOf = None,
) -> None:
    """Write a signed export at once, for the operator's own use.

    Agencies request theirs over HTTP; `dunwatch exports approve` lets them have it.
    """
    settings = start()
    from service.host.supervisor import running_database

    request = _request(
        {
            "from": start_at,
            "to": end_at,
            "verdicts": verdict,
            "formats": file_format,
            "layout": layout,
            "legal_basis": legal_basis,
            "headings": headings,
        }
    )
    with running_database(settings):
        asyncio.run(_export(settings, request, out))


def _request(chosen: dict[str, object]) -> "ExportRequest":
    """Return the request that the options make; end the command, naming each that cannot be."""
    from pydantic import ValidationError

    from service.edge.validation import field_errors
    from service.exports.schemas import ExportRequest

    try:
        return ExportRequest.model_validate({name: value for name, value in chosen.items() if value})
    except ValidationError as error:
        for problem in field_errors(error.errors(include_url=False)):
            console.print(f"{problem.field}: {problem.zh} / {problem.en}", markup=False)
        raise typer.Exit(2) from error


async def _export(settings: Settings, request: "ExportRequest", out: Path) -> None:
    from service.commands.progress import counted
    from service.database import open_database
    from service.exports.files import ExportWriteError
    from service.exports.snapshot import count_reports
    from service.exports.write import ExportOrder, write_export
    from service.secrets import load_key_ring

    database = open_database(settings)
    try:
        with counted() as progress:
            task = progress.add_task("export", total=await count_reports(database, request))
            keys = load_key_ring(settings.keys_dir)
            order = ExportOrder(request=request, keys=keys, export_id=uuid4(), now=datetime.now(UTC))
            manifest = await write_export(
                database, order, out, progress=lambda rows: progress.update(task, completed=rows)
            )
        await _record(database, manifest, request)
    except ExportWriteError as error:
        console.print(f"Nothing was exported: {error}", markup=False)
        raise typer.Exit(1) from error
    finally:
        await database.close()
    for file in manifest.files:
        console.print(f"{out / file.name}: {file.rows:,} rows, {file.bytes:,} bytes", markup=False)


async def _record(database: "Database", manifest: "Manifest", request: "ExportRequest") -> None:
    """Record in the ledger what the operator exports, too."""
    from service.ledger.entry import Action, Entry
    from service.ledger.store import append_entry

    entry = Entry(
        action=Action.WRITTEN,
        at=datetime.now(UTC),
        export_id=manifest.export_id,
        agency=manifest.recipient,
        by=f"operator:{operator_name()}",
        identifies_reporters=request.legal_basis is not None,
        rows=manifest.rows,
        manifest_sha256=sha256(manifest.render()).hexdigest(),
    )
    await database.in_transaction(lambda connection: append_entry(connection, entry))
