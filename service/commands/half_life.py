"""Measure how fast complaints fade."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.evaluate import read_complaints
from service.commands.options import AsJson, ComplaintsFile, HorizonDays, MinReports
from service.commands.process import console
from service.days import FIRST_DAY, date_of

if TYPE_CHECKING:
    from ml.learning.complaints import History
    from ml.learning.half_life import CountQuestion, HalfLifeResult


AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="Forecast from this day on; by default, the last that the complaints allow.",
    ),
]


def half_life(
    file: ComplaintsFile,
    as_of: AsOf = None,
    horizon_days: HorizonDays = 7,
    min_reports: MinReports = 2,
    active_days: Annotated[
        int,
        typer.Option(
            min=1, max=180, help="Count a number as active if it is reported within this many days."
        ),
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Find the half-life with which a decayed count of complaints predicts best who is reported again, or at all.

    The first answer is for forecasting reports; the second is closer to trust.
    """
    from ml.learning.half_life import questions_of

    questions = questions_of(horizon_days=horizon_days, min_reports=min_reports, active_days=active_days)
    day = None if as_of is None else (as_of.date() - FIRST_DAY).days
    try:
        results = list(_measure(file, questions, day))
    except ValueError as error:
        console.print(f"Nothing was measured: {error}", markup=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps({"results": [_document(result) for result in results]}))
    else:
        typer.echo("\n\n".join(_told(results)))


def _measure(file: Path, questions: "Sequence[CountQuestion]", day: int | None) -> "Iterator[HalfLifeResult]":
    from ml.learning.half_life import count_half_life_steps, measure_half_lives, newest_day
    from service.commands.progress import in_steps

    with in_steps() as progress:
        history = read_complaints(file, progress)
        task = progress.add_task("measuring", total=len(questions) * count_half_life_steps(history))
        for question in questions:
            newest = newest_day(history, question)
            if day is not None and question is questions[0]:
                _require_day(history, day, newest)
            asked = newest if day is None else min(day, newest)
            yield from measure_half_lives(history, asked, question, progress=lambda: progress.advance(task))


def _require_day(history: "History", day: int, newest: int) -> None:
    """Raise ValueError, which says which days there are, when the day asked for is outside them."""
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
    """Return the figures as Markdown, as `docs/scoring.md` shows them."""
    for result in results:
        question = result.question
        yield (
            f"{result.kind}, {question.name}: of {result.numbers:,} numbers reported in the {result.past_days} days "
            f"before {date_of(result.as_of)}, {result.positives:,} at least {question.min_reports} times in the "
            f"{question.horizon_days} days from it on"
        )
        if result.constant is None:
            yield "There are too few complaints to measure."
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
        "`reported again` gives the half-life for forecasting reports; `still active` is closer to how trust should "
        "fade. Neither says anything about guilt."
    )
