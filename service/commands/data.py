"""Commands about data: normalise, import, look up, export, verify."""

import asyncio
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import uuid4

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from service.exports.schemas import ExportRequest


def normalize(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A file with one caller ID a line, or - for standard input."),
    ],
) -> None:
    """Read caller IDs, one a line; print one JSON line for each: the number, or what is wrong."""
    from service.numbers import normalize_line

    write = sys.stdout.buffer.write
    for line in file:
        write(normalize_line(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))


def lookup(numbers: Annotated[list[str], typer.Argument(help="Caller IDs as they were shown.")]) -> None:
    """Look numbers up in this host's replica; print one JSON line for each."""
    settings = start()
    import orjson

    from service.lookup.answer import error_entry, unknown_answer
    from service.lookup.replica import ReplicaReader
    from service.numbers import NumberError, parse_number

    replica = ReplicaReader(settings.replica_dir)
    replica.refresh()
    if not replica.is_ready:
        console.print("There is no replica yet: start `dunwatch serve` or `dunwatch follow` first.")
        raise typer.Exit(1)
    for text in numbers:
        try:
            number = parse_number(text)
            typer.echo((replica.get(number.key.encode()) or unknown_answer(number)) + b"}")
        except NumberError as error:
            typer.echo(orjson.dumps(error_entry(text, error)))
    replica.close()


def import_reports(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file, plain or gzip.")],
    file_format: Annotated[Literal["ftc", "ndjson", "csv"], typer.Option("--format", help="Its format.")],
    source: Annotated[str, typer.Option(help="Name of the feed, such as ftc-dnc.")],
    weight: Annotated[
        float, typer.Option(min=0, max=3, help="What one report of a new feed weighs, in log-odds.")
    ] = 1.0,
    rejected: Annotated[Path | None, typer.Option(help="Where rejected lines go, with the reason.")] = None,
) -> None:
    """Import a file of complaints: resumable after a kill, and a second time nothing is stored twice."""
    settings = start()
    from service.supervisor import running_database

    with running_database(settings):
        path = rejected or settings.data_dir / "imports" / f"{source}-{file.name}.rejected.ndjson"
        asyncio.run(_import(settings, (file, file_format, path), source, weight))


async def _import(
    settings: Settings, wanted: tuple[Path, str, Path], source_name: str, weight: float
) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from service.database import open_database
    from service.reports.feeds import FeedError
    from service.reports.importing import ImportFile, import_file
    from service.reports.importing import Progress as ImportProgress
    from service.reports.store import ensure_source
    from service.secrets import load_key_ring

    file = ImportFile(*wanted)
    database = open_database(settings)
    columns = (BarColumn(), DownloadColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    started = datetime.now(UTC)
    try:
        async with database.connection() as connection:
            concerns = "any" if file.format == "ftc" else "collection"
            source = await ensure_source(connection, source_name, weight=weight, concerns=concerns)
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("import", total=file.path.stat().st_size, told="")
            first: list[int] = []

            def show(state: ImportProgress) -> None:
                first.append(state.run.lines_done)
                seconds = (datetime.now(UTC) - started).total_seconds()
                rate = (state.run.lines_done - first[0]) / max(seconds, 0.001)
                told = f"{state.run.lines_done:,} lines, {rate:,.0f}/s"
                progress.update(task, completed=state.bytes_read, told=told)

            run = await import_file(
                database, file, source, keys=load_key_ring(settings.keys_dir), progress=show
            )
    except (EOFError, zlib.error) as error:
        console.print(
            "the file ends in the middle; what came before it is imported, repeat with the whole file"
        )
        raise typer.Exit(1) from error
    except FeedError as error:
        console.print(f"Nothing was imported: {error}")
        raise typer.Exit(1) from error
    finally:
        await database.close()
    seconds = (datetime.now(UTC) - started).total_seconds()
    if run.finished_at is not None and run.finished_at < started:
        console.print(
            f"this file was imported before, on {run.finished_at:%Y-%m-%d %H:%M} UTC; nothing to do"
        )
        return
    console.print(
        f"{run.lines_done:,} lines: {run.stored:,} stored, {run.repeated:,} there before, "
        f"{run.rejected:,} rejected, in {seconds:,.0f} s"
    )
    if run.rejected:
        console.print(f"rejected lines: {file.rejected_path}")


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
    layout: Annotated[str, typer.Option(help="Columns: 12321 or 12321_extended.")] = "12321",
) -> None:
    """Write a signed export in the columns of 12321."""
    settings = start()
    from pydantic import ValidationError

    from service.exports.schemas import ExportRequest
    from service.supervisor import running_database
    from service.validation import field_errors

    chosen = {"from": start_at, "to": end_at, "verdicts": verdict, "formats": file_format, "layout": layout}
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
    from service.exports.store import count_reports
    from service.exports.write import write_export
    from service.secrets import load_key_ring

    database = open_database(settings)
    try:
        with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as progress:
            task = progress.add_task("export", total=await count_reports(database, request))
            manifest = await write_export(
                database,
                request,
                out,
                keys=load_key_ring(settings.keys_dir),
                export_id=uuid4(),
                now=datetime.now(UTC),
                progress=lambda rows: progress.update(task, completed=rows),
            )
    except ExportWriteError as error:
        console.print(f"Nothing was exported: {error}")
        raise typer.Exit(1) from error
    finally:
        await database.close()
    for file in manifest.files:
        console.print(f"{out / file.name}: {file.rows:,} rows, {file.bytes:,} bytes")


def verify(
    export: Annotated[Path, typer.Argument(exists=True, help="Directory of an export, or its manifest.")],
    public_key: Annotated[
        str | None, typer.Option(help="The service's signing key, from GET /v1/exports/signing-key.")
    ] = None,
) -> None:
    """Check an export against its manifest and signature, and name everything that is wrong."""
    from service.exports.manifest import load_public_key
    from service.exports.verify import verify_export

    try:
        key = load_public_key(public_key) if public_key else None
    except ValueError as error:
        console.print(f"--public-key: {error}")
        raise typer.Exit(2) from error
    findings = verify_export(export, key)
    for finding in findings:
        console.print(str(finding), markup=False)
    if findings:
        raise typer.Exit(1)
    console.print(
        "the export is whole and unaltered"
        + ("" if key else " (by the key it carries: give --public-key to check who signed)")
    )
