"""Measure how fast complaints fade."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.evaluate import read_complaints
from service.commands.process import console
from service.days import FIRST_DAY, date_of

if TYPE_CHECKING:
    from ml.learning.complaints import History
    from ml.learning.half_life import CountQuestion, HalfLifeResult


def half_life(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Complaints in an FTC format, plain or gzip.")
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="First day of what is to be told; by default the last that the complaints allow.",
        ),
    ] = None,
    horizon_days: Annotated[int, typer.Option(min=1, max=28, help="How many days are told.")] = 7,
    min_reports: Annotated[
        int, typer.Option(min=1, max=100, help="How many complaints within them count as reported again.")
    ] = 2,
    active_days: Annotated[
        int,
        typer.Option(min=1, max=180, help="Within how many days one complaint shows a number still active."),
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Which half-life makes the decayed count of complaints tell best who is reported again, and who still at all.

    That of the first question is the half-life for forecasting reports. Trust asks rather the second.
    """
    from ml.learning.half_life import questions_of

    questions = questions_of(horizon_days=horizon_days, min_reports=min_reports, active_days=active_days)
    day = None if as_of is None else (as_of.date() - FIRST_DAY).days
    try:
        results = list(_measure(file, questions, day))
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        console.print(f"Nothing was measured: {error}", markup=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps({"results": [_document(result) for result in results]}))
    else:
        typer.echo("\n\n".join(_told(results)))


def _measure(file: Path, questions: "Sequence[CountQuestion]", day: int | None) -> "Iterator[HalfLifeResult]":
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ml.learning.half_life import count_half_life_steps, measure_half_lives, newest_day

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        history = read_complaints(file, progress)
        task = progress.add_task("measuring", total=len(questions) * count_half_life_steps(history))
        for question in questions:
            newest = newest_day(history, question)
            if day is not None and question is questions[0]:
                _require_day(history, day, newest)
            asked = newest if day is None else min(day, newest)
            yield from measure_half_lives(history, asked, question, progress=lambda: progress.advance(task))


def _require_day(history: "History", day: int, newest: int) -> None:
    """Says which days there are when the one asked for is outside them."""
    if not history.first_day < day <= newest:
        first, last = date_of(history.first_day), date_of(history.last_day)
        raise ValueError(
            f"the complaints are of {first} to {last}: the day must lie between them, not after {date_of(newest)}"
        )


def _document(result: "HalfLifeResult") -> dict[str, object]:
    return {
        **result._asdict(),
        "question": result.question._asdict(),
        "as_of": str(date_of(result.as_of)),
        "judged": [one._asdict() for one in result.judged],
        "best_half_life_days": result.best,
    }


def _told(results: "Sequence[HalfLifeResult]") -> "Iterator[str]":
    """The figures as Markdown, as `docs/scoring.md` shows them."""
    for result in results:
        question = result.question
        yield (
            f"{result.kind}, {question.name}: of {result.numbers:,} numbers reported in the {result.past_days} days "
            f"before {date_of(result.as_of)}, {result.positives:,} at least {question.min_reports} times in the "
            f"{question.horizon_days} days from it on"
        )
        if result.constant is None:
            yield "Too few to measure."
            continue
        lines = [
            "| half-life, days | mean log-likelihood | above a constant, in 1/1000 nat | |",
            "|---|---|---|---|",
        ]
        for one in result.judged:
            gain = 1000 * (one.log_likelihood - result.constant)
            mark = "**best**" if one.half_life_days == result.best else ""
            lines.append(f"| {one.half_life_days} | {one.log_likelihood:.5f} | {gain:.2f} | {mark} |")
        yield "\n".join(lines)
    yield (
        "`reported again` asks for the half-life for forecasting reports; `still active` is nearer to what trust "
        "fades by. Neither says anything of guilt."
    )
