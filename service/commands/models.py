"""Commands about models: train one, list them, let one serve, and go back."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from service.commands.options import HorizonDays, MinReports
from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from ml.classifier import Classifier
    from ml.learning.candidate import TrainedModel
    from ml.learning.forecast import ForecastQuestion
    from service.database import Connection, Database
    from service.training.train import TrainingData

Result = TypeVar("Result")
Question = Literal["auto", "abusive", "reported-again"]
app = typer.Typer(help="List trained models, and choose which one serves.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(help="The model's version, as `dunwatch models list` shows it.")]
Complaints = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Learn from this file of complaints in an FTC format, not from own reports.",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="Learn only from what was known before this day; by default, from everything.",
    ),
]
Asked = Annotated[
    Question,
    typer.Option(
        "--question", help="Learn what people decided (abusive), or which numbers are reported again."
    ),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to train a model from and for, as the options say."""

    file: Path | None
    as_of: datetime | None
    asked: Question
    question: "ForecastQuestion"


def train(
    complaints: Complaints = None,
    as_of: AsOf = None,
    asked: Asked = "auto",
    horizon_days: HorizonDays = 7,
    min_reports: MinReports = 2,
    promote: Annotated[
        bool, typer.Option(help="Let the model serve if it is better than the serving one.")
    ] = False,
) -> None:
    """Train a model and compare it with the one that serves, on a later period that neither has seen.

    Model, artefact, card and figure are written to `models/` in the data directory;
    the database keeps the model.
    """
    settings = start()
    from ml.learning.forecast import ForecastQuestion, HistoryTooShortError
    from service.host.supervisor import running_database
    from service.models.change import ModelChangeError

    wanted = Wanted(complaints, as_of, asked, ForecastQuestion(horizon_days, min_reports))
    try:
        with running_database(settings):
            asyncio.run(_train(settings, wanted, promote=promote))
    except ModelChangeError as error:
        console.print(f"The new model does not serve: {error}", markup=False)
        raise typer.Exit(1) from error
    except (HistoryTooShortError, ValueError) as error:
        console.print(f"Nothing was trained: {error}", markup=False)
        raise typer.Exit(2) from error


async def _train(settings: Settings, wanted: Wanted, *, promote: bool) -> None:
    """Train a model, write and keep it, and let it serve where that is wanted."""
    from service.database import open_database
    from service.models.shelf import ModelShelf
    from service.training.train import store_trained

    database, shelf, now = open_database(settings), ModelShelf(settings), datetime.now(UTC)
    directory = settings.data_dir / "models"
    try:
        async with database.connection() as connection:
            await shelf.look(connection)
        trained, material = await _trained(database, shelf.serving, wanted, now)
        row = await store_trained(
            database, trained, material, serving=shelf.serving, directory=directory, now=now
        )
        console.print(row.card, markup=False)
        console.print(f"The model was written to {directory / row.version}.", markup=False)
        if promote:
            await database.in_transaction(lambda connection: _promote(connection, row.version))
            await _score_all_anew(database)
    finally:
        await database.close()


async def _trained(
    database: "Database", serving: "Classifier | None", wanted: Wanted, now: datetime
) -> "tuple[TrainedModel, TrainingData]":
    """Train a model and show how far it is; return it with what it was trained on."""
    from service.commands.progress import in_steps
    from service.training.train import train_asked

    with in_steps() as progress:
        material = await _material(database, wanted.file, wanted.as_of or now, progress)
        task = progress.add_task("training", total=None)
        trained = train_asked(
            material,
            wanted.asked,
            wanted.question,
            serving=serving,
            workers=os.cpu_count() or 1,
            progress=lambda step: progress.update(task, description=step),
        )
        progress.update(task, total=1, completed=1, description="trained")
    return trained, material


async def _material(
    database: "Database", file: Path | None, until: datetime, progress: "Progress"
) -> "TrainingData":
    from service.days import CHINA, day_of
    from service.training.train import own_material

    # of days to come nobody knows whether a number is reported again
    moment = min(until if until.tzinfo else until.replace(tzinfo=CHINA), datetime.now(UTC))
    if file is None:
        task = progress.add_task("reading", total=None)
        material = await own_material(database, moment, lambda done: progress.update(task, completed=done))
    else:
        material = _complaints(file, day_of(moment), progress)
    if material.history.first_day > day_of(moment):
        raise ValueError("there are no reports before that day")
    return material


def _complaints(file: Path, until: int, progress: "Progress") -> "TrainingData":
    from service.commands.evaluate import read_complaints
    from service.training.train import TrainingData

    history = read_complaints(file, progress)
    told = f"the complaints of {file.name}"
    return TrainingData("complaints", told, history, (), min(until, history.last_day + 1))


@app.command("list")
def list_all() -> None:
    """List all models, newest first, and show which one serves and which one is the shadow."""

    async def work(connection: "Connection") -> None:
        from service.models.store import list_models, list_roles

        roles = await list_roles(connection)
        serving = roles.get("serving") or "shipped"
        console.print(f"serving: {serving}; shadow: {roles.get('shadow') or 'none'}", markup=False)
        for row in await list_models(connection):
            own = row.held_out["candidate"]
            told = f"AP {own['average_precision']:.4f}, ECE {own['ece']:.4f}"
            better = "better than" if row.is_better else "not better than"
            console.print(
                f"{row.version}  {row.trained_at:%Y-%m-%d %H:%M}  {told}  {better} {row.judged_against or 'shipped'}",
                markup=False,
            )

    _run(work)


@app.command()
def show(version: Version) -> None:
    """Print a model's card: its data, its figures and its limits."""

    async def work(connection: "Connection") -> str | None:
        from service.models.store import list_models

        return next((row.card for row in await list_models(connection) if row.version == version), None)

    card = _run(work)
    if card is None:
        console.print(f"There is no model {version}; `dunwatch models list` shows all.", markup=False)
        raise typer.Exit(2)
    typer.echo(card)


@app.command()
def promote(version: Version) -> None:
    """Let a model serve, if it was better than the serving one on the held-out period."""
    _run(lambda connection: _promote(connection, version), then=_score_all_anew)


@app.command()
def rollback() -> None:
    """Return to the model that served before; the shipped model comes last."""

    async def work(connection: "Connection") -> None:
        from service.models.change import roll_back

        version = await roll_back(connection, datetime.now(UTC))
        console.print(f"{version} serves again.", markup=False)

    _run(work, then=_score_all_anew)


@app.command()
def shadow(
    version: Annotated[str, typer.Argument(help="The model's version; `none` stops the shadow.")],
) -> None:
    """Let a model score beside the serving one without effect; dunwatch_shadow_verdicts_total shows differences."""

    async def work(connection: "Connection") -> None:
        from service.models.change import set_shadow

        await set_shadow(connection, None if version == "none" else version, datetime.now(UTC))

    _run(work)
    console.print(f"shadow: {version}", markup=False)


async def _promote(connection: "Connection", version: str) -> None:
    from service.models.change import promote

    await promote(connection, version, datetime.now(UTC))
    console.print(f"{version} serves now.", markup=False)


async def _score_all_anew(database: "Database") -> None:
    """Put all numbers in line once a change is committed: a scorer asks which model serves after it claims numbers."""
    from service.scoring.store import mark_all_changed

    async with database.connection() as connection:
        await mark_all_changed(connection)
    console.print("All numbers are scored again by it; `dunwatch_waiting_numbers` shows how many are left.")


def _run(
    work: "Callable[[Connection], Awaitable[Result]]",
    *,
    then: "Callable[[Database], Awaitable[None]] | None" = None,
) -> Result:
    """Return what `work` returns, done in one transaction; then do what follows.

    A change that is refused ends the command with its reason and status 1.
    """
    settings = start()
    from service.database import open_database
    from service.host.supervisor import running_database
    from service.models.change import ModelChangeError

    async def run() -> Result:
        database = open_database(settings)
        try:
            result = await database.in_transaction(work)
            if then is not None:
                await then(database)
            return result
        finally:
            await database.close()

    try:
        with running_database(settings):
            return asyncio.run(run())
    except ModelChangeError as error:
        console.print(f"Nothing was changed: {error}", markup=False)
        raise typer.Exit(1) from error
