"""Commands about data: normalise, import, look up."""

import asyncio
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.commands.process import console, start
from service.settings import Settings


def normalize(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A file with one caller ID a line, or - for standard input."),
    ],
) -> None:
    """Read caller IDs, one a line; print one JSON line for each: the number, or what is wrong."""
    from service.numbers.parse import normalize_line

    write = sys.stdout.buffer.write
    for line in file:
        write(normalize_line(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))


def lookup(numbers: Annotated[list[str], typer.Argument(help="Caller IDs as they were shown.")]) -> None:
    """Look numbers up in this host's replica; print one JSON line for each."""
    settings = start()
    import orjson

    from service.lookup.answer import error_entry, unknown_answer
    from service.lookup.replica import ReplicaReader
    from service.numbers.parse import NumberError, parse_number

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
    from service.host.supervisor import running_database

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
