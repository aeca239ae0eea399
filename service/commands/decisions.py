"""Commands for what a person decides: `dunwatch reviews` lists the waiting numbers, `dunwatch decide` settles one."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AnyNumber, AsJsonLines, DecidedBy, OwnerSince, number_of
from service.commands.process import console, start, with_database
from service.operator_name import operator_name
from service.settings import Settings

if TYPE_CHECKING:
    from service.decisions.store import ReviewRow

CHOICES = "abusive, cleared, protected, released or recycled"


def decide(
    number: AnyNumber,
    decision: Annotated[str, typer.Argument(help=f"The decision, which is one of {CHOICES}.")],
    reason: Annotated[str, typer.Option(help="Give the reason; owner and reporters can read it.")],
    by: DecidedBy = None,
    owner_since: OwnerSince = None,
) -> None:
    """Decide about a number; a person's decision overrides reports and model.

    `abusive` confirms the number and gives its early reporters credit.
    `cleared` takes it off the list and counts against those who reported it.
    `protected` keeps an organisation's line from ever being listed.
    `released` leaves the number to its reports again.
    `recycled` starts again with a new owner.
    """
    start()
    from service.decisions import decide as decisions
    from service.decisions.store import Decision

    if decision not in list(decisions.DecisionKind):
        console.print(f"{decision!r} is no decision; choose {CHOICES}.", markup=False)
        raise typer.Exit(2)
    parsed, since = number_of(number), owner_since and owner_since.date()
    taken = Decision(datetime.now(UTC), decision, reason, by or operator_name(), since)
    try:
        with_database(lambda connection: decisions.decide_number(connection, parsed, taken))
    except decisions.DecisionError as error:
        console.print(f"Nothing was decided: {error}", markup=False)
        raise typer.Exit(2) from error
    console.print(f"{parsed.key}: {decision}. The scorer publishes it within a second.", markup=False)


def reviews(
    at_most: Annotated[
        int,
        typer.Option(
            min=1, help="Show at most this many numbers; those that have waited longest come first."
        ),
    ] = 50,
    as_json: AsJsonLines = False,
) -> None:
    """List the numbers that wait for a person's decision, and why they wait."""
    settings = start()
    from service.host.supervisor import running_database

    with running_database(settings):
        rows, weighed = asyncio.run(_reviews(settings, at_most))
    if as_json:
        for row in rows:
            fields = {name: getattr(row, name) for name in row.__dataclass_fields__}
            fields |= {
                "waits_since": row.waits_since.isoformat(),
                "abusive_by_opinions": weighed.get(row.number),
            }
            typer.echo(json.dumps(fields))
        return
    if not rows:
        console.print("No number waits for a decision.")
        return
    _show(rows, weighed)


async def _reviews(settings: Settings, at_most: int) -> tuple[list["ReviewRow"], dict[str, float]]:
    from service.database import open_database
    from service.decisions.decide import read_opinions, weigh_contested
    from service.decisions.store import list_reviews

    database = open_database(settings)
    try:
        async with database.connection() as connection:
            rows = await list_reviews(connection, at_most=at_most)
            numbers = [row.number for row in rows]
            opinions = await read_opinions(connection, numbers, datetime.now(UTC))
        return rows, weigh_contested(opinions, numbers)
    finally:
        await database.close()


def _show(rows: list["ReviewRow"], weighed: Mapping[str, float]) -> None:
    from rich.table import Table

    from ml.reviews import ReviewReason

    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("number", "since"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold", min_width=max(map(len, ReviewReason)))
    for name in ("verdict", "score", "trust", "people", "opinions"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row.number,
            f"{row.waits_since:%Y-%m-%d}",
            "\n".join(row.reasons),
            row.verdict or "none",
            _told(row.score),
            _told(row.trust_probability),
            f"{row.reporters_at_least}+" if row.reporters_at_least else "few",
            _told(weighed.get(row.number)),
        )
    console.print(table, soft_wrap=False)  # soft wrapping cuts the cells of a narrow terminal
    console.print(
        "Decide with `dunwatch decide NUMBER abusive|cleared|protected|released --reason ...`.", markup=False
    )


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
