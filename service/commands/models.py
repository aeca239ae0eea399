"""Commands about models: train one, see them, let one serve, and take it back."""

import asyncio
import gzip
import os
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from ml.learning.forecast import ForecastQuestion
    from service.database import Connection, Database
    from service.training.train import TrainingData

Result = TypeVar("Result")
app = typer.Typer(
    help="Models that were trained here: see them, let one serve, take it back.", no_args_is_help=True
)


def train(
    complaints: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Learn from complaints in an FTC format, not from own reports."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Learn only from what was known before this day; by default all."
        ),
    ] = None,
    asked: Annotated[
        Literal["auto", "abusive", "reported-again"],
        typer.Option("--question", help="What to learn: what people decided, or who is reported again."),
    ] = "auto",
    horizon_days: Annotated[int, typer.Option(min=1, max=28, help="Reported again within so many days.")] = 7,
    min_reports: Annotated[int, typer.Option(min=1, max=100, help="By at least so many reports.")] = 2,
    promote: Annotated[bool, typer.Option(help="Let it serve, where it is better than what serves.")] = False,
) -> None:
    """Train a model and judge it beside the one that serves, on a later slice that neither has seen.

    Model, artefact, card and figure are written to `models/` of the data directory; the model is kept in the database.
    """
    settings = start()
    from ml.learning.forecast import ForecastQuestion, HistoryTooShortError
    from service.host.supervisor import running_database
    from service.models.change import ModelChangeError

    try:
        with running_database(settings):
            question = ForecastQuestion(horizon_days, min_reports)
            asyncio.run(_train(settings, (complaints, as_of, asked), question, promote=promote))
    except ModelChangeError as error:
        console.print(f"It does not serve: {error}", markup=False)
        raise typer.Exit(1) from error
    except (HistoryTooShortError, ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        console.print(f"Nothing was trained: {error}", markup=False)
        raise typer.Exit(2) from error


async def _train(
    settings: Settings,
    wanted: tuple[Path | None, datetime | None, Literal["auto", "abusive", "reported-again"]],
    question: "ForecastQuestion",
    *,
    promote: bool,
) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from service.database import open_database
    from service.models.shelf import ModelShelf
    from service.training.train import store_trained, train_asked

    file, as_of, asked = wanted
    database, shelf, now = open_database(settings), ModelShelf(settings), datetime.now(UTC)
    try:
        async with database.connection() as connection:
            await shelf.look(connection)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            material = await _material(database, file, as_of or now, progress)
            task = progress.add_task("training", total=None)
            trained = train_asked(
                material,
                asked,
                question,
                serving=shelf.serving,
                workers=os.cpu_count() or 1,
                progress=lambda step: progress.update(task, description=step),
            )
            progress.update(task, total=1, completed=1, description="trained")
        directory = settings.data_dir / "models"
        row = await store_trained(
            database, trained, material, serving=shelf.serving, directory=directory, now=now
        )
        console.print(row.card, markup=False)
        console.print(f"written to {directory / row.version}", markup=False)
        if promote:
            await database.in_transaction(lambda connection: _promote(connection, row.version))
            await _score_all_anew(database)
    finally:
        await database.close()


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
        raise ValueError("there is nothing before that day")
    return material


def _complaints(file: Path, until: int, progress: "Progress") -> "TrainingData":
    from service.commands.evaluate import read_complaints
    from service.training.train import TrainingData

    history = read_complaints(file, progress)
    told = f"the complaints of {file.name}"
    return TrainingData("complaints", told, history, (), min(until, history.last_day + 1))


@app.command("list")
def list_all() -> None:
    """All models, newest first, and which of them serves or runs as a shadow."""

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
def show(version: Annotated[str, typer.Argument(help="As `dunwatch models list` tells it.")]) -> None:
    """The card of a model."""

    async def work(connection: "Connection") -> str | None:
        from service.models.store import list_models

        return next((row.card for row in await list_models(connection) if row.version == version), None)

    card = _run(work)
    if card is None:
        console.print(f"there is no model {version}", markup=False)
        raise typer.Exit(2)
    typer.echo(card)


@app.command()
def promote(version: Annotated[str, typer.Argument(help="As `dunwatch models list` tells it.")]) -> None:
    """Let a model serve, if it was better than the one that serves on the slice held out."""

    _run(lambda connection: _promote(connection, version), then=_score_all_anew)


@app.command()
def rollback() -> None:
    """Let the model serve again that served before, at last the shipped one."""

    async def work(connection: "Connection") -> None:
        from service.models.change import roll_back

        version = await roll_back(connection, datetime.now(UTC))
        console.print(f"{version} serves again", markup=False)

    _run(work, then=_score_all_anew)


@app.command()
def shadow(version: Annotated[str, typer.Argument(help="A model, or `none`.")]) -> None:
    """Let a model score beside the serving one, without effect: dunwatch_shadow_verdicts_total tells where they differ."""

    async def work(connection: "Connection") -> None:
        from service.models.change import set_shadow

        await set_shadow(connection, None if version == "none" else version, datetime.now(UTC))

    _run(work)
    console.print(f"shadow: {version}", markup=False)


async def _promote(connection: "Connection", version: str) -> None:
    from service.models.change import promote

    await promote(connection, version, datetime.now(UTC))
    console.print(f"{version} serves", markup=False)


async def _score_all_anew(database: "Database") -> None:
    """After the change is committed: a scorer looks which model serves after it has claimed numbers."""
    from service.scoring.store import mark_all_changed

    async with database.connection() as connection:
        await mark_all_changed(connection)
    console.print("all numbers wait for it", markup=False)


def _run(
    work: "Callable[[Connection], Awaitable[Result]]",
    *,
    then: "Callable[[Database], Awaitable[None]] | None" = None,
) -> Result:
    """Do something in a transaction, and what follows after it.

    A change that is not made ends with its reason and status 1.
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
        console.print(f"nothing was changed: {error}", markup=False)
        raise typer.Exit(1) from error
