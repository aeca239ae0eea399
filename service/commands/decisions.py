"""Commands for what a person decides: `dunwatch reviews` lists what waits, `dunwatch decide` settles it."""

import asyncio
import getpass
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, start, with_database
from service.settings import Settings

if TYPE_CHECKING:
    from service.decisions.store import ReviewRow

CHOICES = "abusive, cleared, protected, released or recycled"


def decide(
    number: Annotated[str, typer.Argument(help="The number, as it was shown.")],
    decision: Annotated[str, typer.Argument(help=f"What is decided: {CHOICES}.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    by: Annotated[str | None, typer.Option(help="Who decided; by default who runs this.")] = None,
    owner_since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="For `recycled`: the first day of the new owner."),
    ] = None,
) -> None:
    """Decide about a number: what a person says stands above reports and model.

    `abusive` confirms it and gives its early reporters credit; `cleared` takes it off the list and blames those who
    reported it; `protected` keeps an organisation's line from ever being listed; `released` leaves it to the
    reports again; `recycled` starts anew with a new owner.
    """
    start()
    from service.decisions.decide import DecisionError, DecisionKind, decide_number
    from service.decisions.store import Decision
    from service.edge.validation import message
    from service.numbers.parse import NumberError, parse_number

    if decision not in list(DecisionKind):
        console.print(f"{decision!r} is no decision: {CHOICES}")
        raise typer.Exit(2)
    try:
        parsed = parse_number(number)
    except NumberError as error:
        console.print(" / ".join(message(f"number_{error.problem}")), markup=False)
        raise typer.Exit(2) from error
    epoch = owner_since.date() if owner_since else None
    taken = Decision(datetime.now(UTC), decision, reason, by or getpass.getuser(), epoch)
    try:
        with_database(lambda connection: decide_number(connection, parsed, taken))
    except DecisionError as error:
        console.print(f"nothing was decided: {error}", markup=False)
        raise typer.Exit(2) from error
    console.print(f"{parsed.key}: {decision}; the scorer publishes it", markup=False)


def reviews(
    at_most: Annotated[int, typer.Option(min=1, help="So many, those first that have waited longest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the numbers that wait for a person's decision, and why."""
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
        console.print("no number waits for a decision")
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
    console.print("decide with `dunwatch decide NUMBER abusive|cleared|protected|released --reason ...`")


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
