"""Commands about campaigns: search for them now, and measure how well they are found."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AsJson
from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from ml.simulation.campaign_accuracy import Accuracy
    from service.campaigns.search import FoundCampaigns


def campaigns() -> None:
    """Search listed numbers for campaigns now; upkeep does so once an hour."""
    settings = start()
    from service.host.supervisor import running_database

    with running_database(settings):
        found = asyncio.run(_search(settings))
    if found is None:
        console.print("Another process is searching for campaigns; nothing was done. Try again in a minute.")
        raise typer.Exit(1)
    console.print(
        f"Found {found.campaigns:,} campaigns with {found.numbers:,} of {found.listed:,} listed numbers; "
        f"{found.changed:,} numbers changed and wait for scoring."
    )


async def _search(settings: Settings) -> "FoundCampaigns | None":
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from service.campaigns.search import search_campaigns
    from service.database import open_database

    database, now = open_database(settings), datetime.now(UTC)
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("reading listed numbers", total=None)
            return await search_campaigns(
                database,
                now=now,
                random_bytes=secrets.token_bytes,
                progress=lambda numbers: progress.update(task, completed=numbers),
            )
    finally:
        await database.close()


def evaluate(
    seeds: Annotated[int, typer.Option(min=1, help="Simulate this many crowds.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search simulated crowds, whose gangs are known, for campaigns; the same options give the same result."""
    from ml.classifier import DEFAULT_MODEL, load_classifier
    from ml.simulation.campaign_accuracy import VARIANTS, measure_campaigns
    from service.commands.progress import counted

    with counted() as progress:
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
    """Return the figures as lines of Markdown, as `docs/campaigns.md` shows them."""
    lines = [
        "| crowds | pairwise precision | pairwise recall | campaigns | of one gang only | numbers in campaigns |",
        "|---|---|---|---|---|---|",
    ]
    for one in measured:
        pure = f"{one.pure / one.campaigns:.1%}".replace("%", " %") if one.campaigns else "none"
        grouped = f"{one.in_campaigns:,} of {one.numbers:,}"
        cells = one.variant, _share(one.precision), _share(one.recall), f"{one.campaigns:,}", pure, grouped
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
