"""Commands about cases, for who decides: what filers say that authorities decided."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from service.cases.store import ClaimRow

app = typer.Typer(help="Cases: what filers say became of them.", no_args_is_help=True)


@app.callback()
def cases() -> None:
    """Cases: what filers say became of them."""


@app.command()
def claims(
    number: Annotated[str, typer.Argument(help="The number, as it was shown.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the outcomes that filers tell of a number that waits for `outcome_reported` in `dunwatch reviews`.

    They are their word: ask the channel, or for the document, before `dunwatch decide`. Who they are is not told.
    """
    settings = start()
    from service.numbers import NumberError, parse_number
    from service.supervisor import running_database
    from service.validation import message

    try:
        key = parse_number(number).key
    except NumberError as error:
        console.print(" / ".join(message(f"number_{error.problem}")), markup=False)
        raise typer.Exit(2) from error
    with running_database(settings):
        rows = asyncio.run(_claims(settings, key))
    if as_json:
        for row in rows:
            typer.echo(json.dumps({name: str(getattr(row, name)) for name in row.__dataclass_fields__}))
    elif rows:
        _show(rows)
    else:
        console.print("nobody has told an outcome of this number")


async def _claims(settings: Settings, key: str) -> "list[ClaimRow]":
    from service.cases.store import list_claims
    from service.database import open_database

    database = open_database(settings)
    try:
        async with database.connection() as connection:
            return await list_claims(connection, key)
    finally:
        await database.close()


def _show(rows: "list[ClaimRow]") -> None:
    from rich.table import Table

    table = Table("channel", "result", "on", "told", "case")
    for row in rows:
        told = f"{row.recorded_at:%Y-%m-%d %H:%M}"
        table.add_row(row.channel, row.result, row.happened_on.isoformat(), told, str(row.case_id))
    console.print(table)
