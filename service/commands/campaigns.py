"""Commands about campaigns: look for them now, and measure how well they are found."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from ml.simulation.campaign_accuracy import Accuracy
    from service.campaigns.search import FoundCampaigns


def campaigns() -> None:
    """Look for campaigns among listed numbers now; upkeep does so once an hour."""
    settings = start()
    from service.host.supervisor import running_database

    with running_database(settings):
        found = asyncio.run(_search(settings))
    if found is None:
        console.print("somebody else is looking for campaigns at this moment; nothing was done")
        raise typer.Exit(1)
    console.print(
        f"{found.campaigns:,} campaigns with {found.numbers:,} of {found.listed:,} listed numbers; "
        f"{found.changed:,} numbers changed and wait for scoring"
    )


async def _search(settings: Settings) -> "FoundCampaigns | None":
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from service.campaigns.search import search_campaigns
    from service.database import open_database

    database, now = open_database(settings), datetime.now(UTC)
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("listed numbers", total=None)
            return await search_campaigns(
                database,
                now=now,
                random_bytes=secrets.token_bytes,
                progress=lambda numbers: progress.update(task, completed=numbers),
            )
    finally:
        await database.close()


def evaluate(
    seeds: Annotated[int, typer.Option(min=1, help="How many crowds to draw.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Look for campaigns in simulated crowds, whose gangs are known; the same options give the same result."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from ml.classifier import DEFAULT_MODEL, load_classifier
    from ml.simulation.campaign_accuracy import VARIANTS, measure_campaigns

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("evaluate", total=seeds * len(VARIANTS))
        measured = measure_campaigns(
            load_classifier(DEFAULT_MODEL), seeds=range(seeds), progress=lambda: progress.advance(task)
        )
    if as_json:
        typer.echo(json.dumps({"seeds": seeds, "variants": [_document(one) for one in measured]}, indent=2))
    else:
        typer.echo("\n".join(_table(measured)))


def _document(measured: "Accuracy") -> dict[str, object]:
    return {**measured._asdict(), "precision": measured.precision, "recall": measured.recall}


def _table(measured: "Sequence[Accuracy]") -> list[str]:
    """The figures as Markdown, as `docs/campaigns.md` shows them."""
    lines = [
        "| crowds | pairwise precision | pairwise recall | campaigns | of one gang only | numbers in campaigns |",
        "|---|---|---|---|---|---|",
    ]
    for one in measured:
        pure = f"{one.pure / one.campaigns:.1%}".replace("%", " %") if one.campaigns else "none"
        cells = (one.variant, _share(one.precision), _share(one.recall), f"{one.campaigns:,}", pure,
                 f"{one.in_campaigns:,} of {one.numbers:,}")  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
