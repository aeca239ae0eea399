"""Commands about data: normalise, import, look up."""

import asyncio
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from service.commands.process import console, start
from service.commands.sources import Vetted, WhyVetted, reason_to_vet, vet_source
from service.settings import Settings

if TYPE_CHECKING:
    from service.database import Connection, Database
    from service.reports.importing import ImportFile
    from service.reports.sources_store import ImportRun, Source


def normalize(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="The file that holds one caller ID per line; - reads standard input."),
    ],
) -> None:
    """Read caller IDs, one per line, and print a JSON line for each: the number, or what is wrong with it."""
    from service.numbers.parse import normalize_line

    write = sys.stdout.buffer.write
    for line in file:
        write(normalize_line(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))


def lookup(
    numbers: Annotated[list[str], typer.Argument(help="The caller IDs as they were displayed.")],
) -> None:
    """Look numbers up in this host's replica and print a JSON line for each."""
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
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file to import, which may be gzipped.")
    ],
    file_format: Annotated[
        Literal["ftc", "ndjson", "csv"], typer.Option("--format", help="Read the file in this format.")
    ],
    source: Annotated[str, typer.Option(help="File the reports under this feed, such as ftc-dnc.")],
    weight: Annotated[
        float, typer.Option(min=0, max=3, help="Give each report of a new feed this weight, in log-odds.")
    ] = 1.0,
    rejected: Annotated[
        Path | None,
        typer.Option(help="Write rejected lines and the reasons to this file; by default, below imports/."),
    ] = None,
    vetted: Vetted = False,
    reason: WhyVetted = None,
) -> None:
    """Import a file of complaints; repeat the command after an interruption, as nothing is stored twice.

    Reports of a source that is not vetted lead to a suspicion at most.
    """
    settings = start()
    because = reason_to_vet(vetted=vetted, reason=reason)
    from service.host.supervisor import running_database
    from service.reports.importing import ImportFile

    path = rejected or settings.data_dir / "imports" / f"{source}-{file.name}.rejected.ndjson"
    with running_database(settings):
        asyncio.run(_import(settings, ImportFile(file, file_format, path), _Feed(source, weight, because)))


class _Feed(NamedTuple):
    """The source that a file's reports are of, as the options say."""

    name: str
    weight: float
    vetted_because: str | None


async def _import(settings: Settings, file: "ImportFile", feed: _Feed) -> None:
    from service.database import open_database
    from service.reports.feeds import FeedError

    database, started = open_database(settings), datetime.now(UTC)
    try:
        source = await database.in_transaction(lambda connection: _source_of(connection, file, feed))
        run = await _import_with_bar(database, settings, file, source)
    except (EOFError, zlib.error) as error:
        console.print("The file is cut off. What came before is imported: repeat with the whole file.")
        raise typer.Exit(1) from error
    except FeedError as error:
        console.print(f"Nothing was imported: {error}", markup=False)
        raise typer.Exit(1) from error
    finally:
        await database.close()
    _print_counts(run, file, started)


async def _source_of(connection: "Connection", file: "ImportFile", feed: _Feed) -> "Source":
    from service.reports.sources_store import ensure_source

    concerns = "any" if file.format == "ftc" else "collection"
    source = await ensure_source(connection, feed.name, weight=feed.weight, concerns=concerns)
    if feed.vetted_because:
        await vet_source(connection, source, feed.vetted_because)
    return source


async def _import_with_bar(
    database: "Database", settings: Settings, file: "ImportFile", source: "Source"
) -> "ImportRun":
    """Import a file and show how far it is; the rate is that of this run alone."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from service.reports.importing import Progress as ImportProgress
    from service.reports.importing import import_file
    from service.secrets import load_key_ring

    columns = (BarColumn(), DownloadColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    started = datetime.now(UTC)
    first: list[int] = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("import", total=file.path.stat().st_size, told="")

        def show(state: ImportProgress) -> None:
            first.append(state.run.lines_done)
            rate = (state.run.lines_done - first[0]) / max(_seconds_since(started), 0.001)
            told = f"{state.run.lines_done:,} lines, {rate:,.0f}/s"
            progress.update(task, completed=state.bytes_read, told=told)

        return await import_file(database, file, source, keys=load_key_ring(settings.keys_dir), progress=show)


def _print_counts(run: "ImportRun", file: "ImportFile", started: datetime) -> None:
    if run.finished_at is not None and run.finished_at < started:
        console.print(
            f"This file was already imported on {run.finished_at:%Y-%m-%d %H:%M} UTC; there is nothing to do."
        )
        return
    console.print(
        f"{run.lines_done:,} lines: {run.stored:,} stored, {run.repeated:,} already there, "
        f"{run.rejected:,} rejected, in {_seconds_since(started):,.0f} s"
    )
    if run.rejected:
        console.print(f"Rejected lines, with the reasons: {file.rejected_path}", markup=False)


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
