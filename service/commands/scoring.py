"""The command that scores numbers: those that changed, or all of them."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, run_until_stopped, start
from service.settings import Settings

if TYPE_CHECKING:
    from service.metrics import Metrics


def score(
    watch: Annotated[bool, typer.Option(help="Keep running, and score numbers as they change.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Score all numbers again, such as after a change of the model.")
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(help="Serve metrics on this port; use it where the process runs without the API."),
    ] = None,
) -> None:
    """Score changed numbers and publish their verdicts."""
    settings = start(is_child=watch, is_background=watch)
    from prometheus_client import CollectorRegistry

    from service.database import open_database
    from service.host.supervisor import running_database
    from service.metrics import Metrics, serve_metrics
    from service.models.shelf import ModelShelf
    from service.scoring.scorer import Scorer

    metrics = Metrics(CollectorRegistry())
    if watch:
        if metrics_port is not None:
            serve_metrics(settings.metrics_dir, metrics_port)
        scorer = Scorer(open_database(settings), settings, metrics, ModelShelf(settings))
        run_until_stopped(scorer.run)
        return
    with running_database(settings):
        asyncio.run(_score_now(settings, metrics, everything=everything))


async def _score_now(settings: Settings, metrics: "Metrics", *, everything: bool) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from service.database import open_database
    from service.models.shelf import ModelShelf
    from service.scoring.scorer import Scorer
    from service.scoring.store import count_waiting, mark_all_changed

    database = open_database(settings)
    async with database.connection() as connection:
        if everything:
            await mark_all_changed(connection)
        total = await count_waiting(connection)
    scorer = Scorer(database, settings, metrics, ModelShelf(settings))
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("scoring", *columns, console=console) as progress:
        task = progress.add_task("scoring", total=total)
        await scorer.score_at_once(progress=lambda done: progress.advance(task, done))
    await database.close()
