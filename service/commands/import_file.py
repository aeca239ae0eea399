"""The command that imports a file of complaints."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import typer

from service.commands.process import console, start
from service.commands.sources import Vetted, WhyVetted, reason_to_vet, vet_source
from service.settings import Settings

if TYPE_CHECKING:
    from service.database import Connection, Database
    from service.reports.import_summary import Reason
    from service.reports.importing import Imported, ImportFile
    from service.reports.line_facts import Flaw
    from service.reports.sources_store import ImportRun, Source

SHOWN = 100  # characters of a rejected line; the file of rejected lines has all
_LONG_DIGITS: Final = re.compile(r"[0-9]{7,}")


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
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Read the whole file, tell what would be refused, and write nothing."),
    ] = False,
) -> None:
    """Import a file of complaints; repeat the command after an interruption, as nothing is stored twice.

    Reports of a source that is not vetted lead to a suspicion at most. The end says how many lines were refused for which
    reason, with the first line of each.
    """
    if dry_run:
        _try(file, file_format, source)
        return
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


def _try(path: Path, file_format: str, source_name: str) -> None:
    """Read a file with keys that are forgotten afterwards, and print what would become of its lines."""
    from service.reports.importing import ImportFile, try_file
    from service.reports.line_facts import FeedError
    from service.reports.sources_store import Source, require_source_name
    from service.secrets import passing_keys

    require_source_name(source_name)
    source = Source(source_id=0, name=source_name, weight=1.0, simulated=False)
    try:
        trial = try_file(ImportFile(path, file_format, path), source, passing_keys())
    except FeedError as error:
        console.print(f"Nothing would be imported: {error}", markup=False)
        raise typer.Exit(1) from error
    console.print(
        f"Nothing was written. {trial.lines:,} lines: {trial.readable - trial.repeated:,} would be stored, unless they "
        f"are there already; {trial.repeated:,} repeat others, {trial.refused:,} would be refused."
    )
    _print_reasons(trial.reasons)
    _print_flaw(trial.flaw, is_changed=False, lines=trial.lines)


async def _import(settings: Settings, file: "ImportFile", feed: _Feed) -> None:
    from service.database import open_database
    from service.reports.line_facts import FeedError, Flaw

    database, started = open_database(settings), datetime.now(UTC)
    try:
        source = await database.in_transaction(lambda connection: _source_of(connection, file, feed))
        imported = await _import_with_bar(database, settings, file, source)
    except FeedError as error:
        console.print(f"Nothing was imported: {error}", markup=False)
        raise typer.Exit(1) from error
    finally:
        await database.close()
    _print_counts(imported.run, file, started)
    _print_flaw(imported.flaw, is_changed=imported.is_changed, lines=imported.run.lines_done)
    if imported.flaw is Flaw.CUT_OFF or imported.is_changed:
        raise typer.Exit(1)


async def _source_of(connection: "Connection", file: "ImportFile", feed: _Feed) -> "Source":
    from service.reports.sources_store import ensure_source

    concerns = "any" if file.format == "ftc" else "collection"
    source = await ensure_source(connection, feed.name, weight=feed.weight, concerns=concerns)
    if feed.vetted_because:
        await vet_source(connection, source, feed.vetted_because)
    return source


async def _import_with_bar(
    database: "Database", settings: Settings, file: "ImportFile", source: "Source"
) -> "Imported":
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
        from service.reports.import_summary import reasons_in

        _print_reasons(reasons_in(file.rejected_path))
        console.print(f"Rejected lines, with the reasons: {file.rejected_path}", markup=False)


def _print_reasons(reasons: "Sequence[Reason]") -> None:
    """Print each fault, how often it occurs, and its first line with digits and long texts hidden."""
    for reason in reasons:
        first = reason.first
        console.print(
            f"  {reason.lines:,} × {first.reason}\n      first in line {first.line:,}: {_shape(first.text)}",
            markup=False,
        )


def _shape(line: str) -> str:
    """Return a line as far as its form is concerned: a number or a narrative is nothing for a terminal's history."""
    hidden = _LONG_DIGITS.sub(lambda digits: digits[0][:3] + "#" * (len(digits[0]) - 3), line)
    return hidden[:SHOWN] + "…" if len(hidden) > SHOWN else hidden


def _print_flaw(flaw: "Flaw | None", *, is_changed: bool, lines: int) -> None:
    from service.reports.line_facts import Flaw

    if is_changed:
        console.print(
            f"The file changed while it was read: {lines:,} whole lines were read. Repeat the command."
        )
    elif flaw is Flaw.CUT_OFF:
        console.print(
            f"The file is cut off: the {lines:,} whole lines before the cut were read. Get the whole file and repeat."
        )
    elif flaw is Flaw.TRAILING:
        console.print("Bytes behind the end of the compressed file were ignored.")


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
