"""Commands that measure: how good the service's own code is on data whose truth is known."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console

if TYPE_CHECKING:
    from ml.crowd_accuracy import CrowdAccuracy

app = typer.Typer(help="Measure the service's own code on data whose truth is known.", no_args_is_help=True)


class InputError(ValueError):
    """A file that cannot be measured; the text says which and why."""


@app.command()
def crowd(
    labels: Annotated[Path, typer.Argument(help="CSV with the columns item, worker, label.")],
    truth: Annotated[Path, typer.Argument(help="CSV with the columns item, truth.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of a table.")
    ] = False,
) -> None:
    """Judge a crowd's labels without the truth, then compare: beside majority vote and Dawid-Skene."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ml.crowd_accuracy import measure_crowd

    try:
        rows = read_columns(labels, ("item", "worker", "label"))
        known = read_truth(truth)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("crowd", total=None)
            measured = measure_crowd(
                rows, known, lambda done, of: progress.update(task, completed=done, total=of)
            )
    except (InputError, ValueError) as error:
        console.print(f"Nothing was measured: {error}", markup=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(measured._asdict()))
    else:
        _print_table(measured)


def read_columns(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The named columns of a CSV file, row by row; `InputError` for what is not one, empty cells included."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_cells(csv.DictReader(file), path, columns))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not CSV in UTF-8: {error}") from error


def _cells(reader: "csv.DictReader[str]", path: Path, columns: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    found = tuple(reader.fieldnames or ())
    if not found:
        raise InputError(f"{path} is empty")
    if missing := [column for column in columns if column not in found]:
        raise InputError(f"{path} has no column {', '.join(missing)}: its header is {', '.join(found)}")
    line = None
    for line in reader:
        cells = tuple(line[column] or "" for column in columns)
        if not all(cells) or None in line:
            raise InputError(f"{path}, line {reader.line_num}: expected {', '.join(found)}")
        yield cells
    if line is None:
        raise InputError(f"{path} has a header but no rows")


def read_truth(path: Path) -> dict[str, str]:
    """The truth of each item; `InputError` where an item is given two."""
    known: dict[str, str] = {}
    for item, truth in read_columns(path, ("item", "truth")):
        if known.setdefault(item, truth) != truth:
            raise InputError(f"{path} gives item {item} two truths")
    return known


def _print_table(measured: "CrowdAccuracy") -> None:
    """For people, on standard output."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{measured.labels:,} labels of {measured.items:,} items by {measured.workers:,} workers, "
        f"{measured.judged:,} items with known truth"
    )
    table.add_column("method")
    table.add_column("accuracy", justify="right")
    table.add_row("reporter reliability", f"{measured.accuracy:.4f}")
    table.add_row("majority vote", f"{measured.majority_vote:.4f}")
    table.add_row("Dawid-Skene, 30 iterations", f"{measured.dawid_skene:.4f}")
    Console(highlight=False).print(table)
