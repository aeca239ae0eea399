"""Commands about agencies: register, list, change what they may be handed."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.agencies.store import Agency
    from service.database import Connection

app = typer.Typer(help="Agencies that are handed exports: add, list, quota.", no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(help="Its short name, such as 12321: a-z, 0-9, dot, hyphen, underscore.")
]
Rows = Annotated[int, typer.Option(min=1, help="Rows it may be handed in 30 days.")]


@app.command()
def add(
    name: Name,
    title: Annotated[str, typer.Option(help="Its name as people write it.")],
    rows_per_30_days: Rows = 5_000_000,
) -> None:
    """Register an agency; `dunwatch keys create --agency` then makes keys for it."""

    async def work(connection: "Connection") -> None:
        from service.agencies.store import insert_agency

        now = datetime.now(UTC)
        await insert_agency(connection, name, title, rows_per_30_days=rows_per_30_days, now=now)

    with_database(work)
    console.print(f"{name}: registered", markup=False)


@app.command("list")
def list_all() -> None:
    """List agencies, and what each was handed in the last 30 days."""

    async def work(connection: "Connection") -> "list[tuple[Agency, int]]":
        from service.agencies.store import list_agencies

        return await list_agencies(connection, datetime.now(UTC))

    for agency, handed in with_database(work):
        typer.echo(f"{agency.name:16}{handed:>12,} of {agency.rows_per_30_days:,} rows  {agency.title}")


@app.command()
def quota(name: Name, rows_per_30_days: Rows) -> None:
    """Change how many rows an agency may be handed in 30 days."""

    async def work(connection: "Connection") -> None:
        from service.agencies.store import set_quota

        await set_quota(connection, name, rows_per_30_days)

    with_database(work)
    console.print(f"{name}: {rows_per_30_days:,} rows in 30 days", markup=False)
