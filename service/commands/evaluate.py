"""Commands that measure how good the service's own code is on data whose truth is known."""

import csv
import json
import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import AsJson, ComplaintsFile, HorizonDays, MinReports, examples
from service.commands.process import console
from service.days import FIRST_DAY, date_of

if TYPE_CHECKING:
    from rich.progress import Progress

    from ml.learning.complaints import History
    from ml.learning.forecast import ForecastQuestion
    from ml.people.accuracy import CrowdAccuracy

CROWD_MARGIN = 0.005

app = typer.Typer(help="Measure the service's own code on data whose truth is known.", no_args_is_help=True)


class InputError(ValueError):
    """Raised for a file that cannot be measured; the text says which and why."""


@app.command(epilog=examples("dunwatch evaluate crowd labels.csv truth.csv --json"))
def crowd(
    labels: Annotated[Path, typer.Argument(help="The CSV file that has the columns item, worker and label.")],
    truth: Annotated[Path, typer.Argument(help="The CSV file that has the columns item and truth.")],
    as_json: AsJson = False,
) -> None:
    """Judge a crowd's labels without the truth, then compare with majority vote and Dawid-Skene."""
    from ml.people.accuracy import measure_crowd
    from service.commands.progress import in_steps

    try:
        rows = read_columns(labels, ("item", "worker", "label"))
        known = read_truth(truth)
        with in_steps() as progress:
            task = progress.add_task("judging labels", total=None)
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


@app.command()
def crowds(
    count: Annotated[int, typer.Option(min=1, help="Simulate this many crowds.")] = 100,
    seed: Annotated[int, typer.Option(help="Draw other crowds with another seed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per crowd.")] = False,
) -> None:
    """Judge simulated crowds of many kinds; tell how often majority vote or Dawid-Skene would be better."""
    from rich.progress import track

    from ml.people.accuracy import measure_crowd
    from ml.simulation.labelled_crowds import many_crowds

    found = []
    for one in track(many_crowds(count, seed), "judging crowds", total=count, console=console):
        found.append((one.traits, measure_crowd(one.rows, one.truth)))
        if as_json:
            typer.echo(json.dumps(found[-1][1]._asdict() | {"traits": one.traits}))
    if not as_json:
        _print_crowds(found)


def _print_crowds(found: list[tuple[str, "CrowdAccuracy"]]) -> None:
    """Print how often the aim is reached, and where it is missed most."""
    gains = [one.accuracy - max(one.majority_vote, one.dawid_skene) for _, one in found]
    held = {
        "reporter reliability": [gain >= -CROWD_MARGIN for gain in gains],
        "majority vote": [one.majority_vote >= one.dawid_skene - CROWD_MARGIN for _, one in found],
        "Dawid-Skene, 30 iterations": [
            one.dawid_skene >= one.majority_vote - CROWD_MARGIN for _, one in found
        ],
    }
    typer.echo(f"not below the better of majority vote and Dawid-Skene by more than {CROWD_MARGIN}:")
    for method, crowds_held in held.items():
        typer.echo(f"  {method}: {sum(crowds_held) / len(found):.1%} of {len(found)} crowds")
    typer.echo(f"mean gain over the better of the two: {sum(gains) / len(gains):+.4f}")
    worst = min(range(len(gains)), key=gains.__getitem__)
    typer.echo(f"worst: {gains[worst]:+.4f}, {found[worst][0]}")


@app.command(epilog=examples("dunwatch evaluate complaints complaints.csv.gz --as-of 2020-10-01"))
def complaints(
    file: ComplaintsFile,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Forecast from this day on.")],
    horizon_days: HorizonDays = 7,
    min_reports: MinReports = 2,
    as_json: AsJson = False,
) -> None:
    """Forecast which numbers are reported again, from what was known a week before a day; compare with counting."""
    from ml.learning.forecast import ForecastQuestion, HistoryTooShortError

    question = ForecastQuestion(horizon_days, min_reports)
    try:
        figures = _forecast(file, as_of.date(), question)
    except (HistoryTooShortError, ValueError) as error:
        console.print(f"Nothing was measured: {error}", markup=False)
        raise typer.Exit(2) from error
    asked = {"as_of": f"{as_of:%Y-%m-%d}", "horizon_days": horizon_days, "min_reports": min_reports}
    if as_json:
        typer.echo(json.dumps(asked | figures))
    else:
        _print_forecast(asked | figures)


def _forecast(file: Path, as_of: date, question: "ForecastQuestion") -> dict[str, Any]:
    """Return the figures of a forecast from a day on, and show how far it is."""
    from ml.learning.forecast import count_evaluation_steps, evaluate_forecast
    from service.commands.progress import in_steps

    day, workers = (as_of - FIRST_DAY).days, max(1, min(2, os.cpu_count() or 1))
    with in_steps() as progress:
        history = read_complaints(file, progress)
        _require_days(history, day, question.horizon_days)
        task = progress.add_task("evaluating", total=count_evaluation_steps(history, day, question))
        return evaluate_forecast(
            history, day, question, workers=workers, progress=lambda _step: progress.advance(task)
        )


def read_complaints(file: Path, progress: "Progress") -> "History":
    """Return the complaints of a file, read with a bar of its own.

    Raises FeedError or ValueError for a file that holds none.
    """
    from ml.learning.complaints import History
    from service.reports.histories import read_history

    reading = progress.add_task("reading", total=file.stat().st_size)
    history = History.of(read_history(file, lambda done: progress.update(reading, completed=done)))
    progress.update(reading, completed=file.stat().st_size)
    return history


def _require_days(history: "History", day: int, horizon_days: int) -> None:
    """Raise InputError, which says which days there are, when the day asked for is outside them."""
    first, last = date_of(history.first_day), date_of(history.last_day)
    if not history.first_day < day <= history.last_day - horizon_days + 1:
        raise InputError(
            f"the complaints are of {first} to {last}: the day must lie between them, "
            f"followed by {horizon_days} days of complaints"
        )


def _print_forecast(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    model, coverage = figures["model"], figures["coverage"]
    table = Table(
        title=f"{model['examples']:,.0f} numbers reported in the 14 days before {figures['as_of']}, "
        f"{model['base_rate']:.2%} of them at least {figures['min_reports']} times "
        f"in the {figures['horizon_days']} days from it on"
    )
    for column in ("ranked by", "AUC", "AP", "precision at positives"):
        table.add_column(column, justify="left" if column == "ranked by" else "right")
    for name, row in {"additive model": model, **figures["rules"]}.items():
        values = (row["auc"], row["average_precision"], row["precision_at_positives"])
        table.add_row(name, *(f"{value:.3f}" for value in values))
    out = Console(highlight=False)
    out.print(table)
    out.print(
        f"AP against the better count of reports {figures['average_precision_to_best_count_rule']:.2f}; "
        f"Brier {model['brier']:.5f}; ECE {model['ece']:.4f}"
    )
    out.print(
        f"coverage of the coming complaints by a list of {coverage['list_size']:,} numbers: model "
        f"{coverage['model']:.2%}, PhoneBlock's rule {coverage['phoneblock']:.2%} (ratio {coverage['ratio']:.2f}; "
        f"{coverage['ratio_14d']:.2f} drawn from the numbers of 14 days alone), "
        f"all numbers of 60 days together {coverage['most_possible']:.2%}"
    )


def read_columns(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the named columns of a CSV file, row by row; raise InputError for what is not one, empty cells included."""
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
    """Return the truth of each item; raise InputError where an item has two."""
    known: dict[str, str] = {}
    for item, truth in read_columns(path, ("item", "truth")):
        if known.setdefault(item, truth) != truth:
            raise InputError(f"{path} gives item {item} two truths")
    return known


def _print_table(measured: "CrowdAccuracy") -> None:
    """Print a table for people to standard output."""
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
