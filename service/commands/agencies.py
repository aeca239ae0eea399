"""Commands about agencies: register one, list them, change how much they may receive."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import examples
from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.agencies.store import Agency
    from service.database import Connection

app = typer.Typer(
    help="Register the agencies that receive exports, and set their quotas.", no_args_is_help=True
)
Name = Annotated[
    str,
    typer.Argument(
        help="The agency's short name, such as 12321; it may contain a-z, 0-9, dot, hyphen and underscore."
    ),
]
Rows = Annotated[int, typer.Option(min=1, help="Allow this many exported rows in 30 days.")]


@app.command(
    epilog=examples(
        "dunwatch agencies add 12321 --title 12321网络不良与垃圾信息举报受理中心 --rows-per-30-days 100000"
    )
)
def add(
    name: Name,
    title: Annotated[str, typer.Option(help="Give the agency's full name.")],
    rows_per_30_days: Rows = 5_000_000,
) -> None:
    """Register an agency; then create keys for it with `dunwatch keys create --agency`."""

    async def work(connection: "Connection") -> None:
        from service.agencies.store import insert_agency

        now = datetime.now(UTC)
        await insert_agency(connection, name, title, rows_per_30_days=rows_per_30_days, now=now)

    with_database(work)
    console.print(f"{name}: registered", markup=False)


@app.command("list")
def list_all() -> None:
    """List the agencies, and how many rows each received in the last 30 days."""

    async def work(connection: "Connection") -> "list[tuple[Agency, int]]":
        from service.agencies.store import list_agencies

        return await list_agencies(connection, datetime.now(UTC))

    for agency, handed in with_database(work):
        typer.echo(f"{agency.name:16}{handed:>12,} of {agency.rows_per_30_days:,} rows  {agency.title}")


@app.command()
def quota(name: Name, rows_per_30_days: Rows) -> None:
    """Change how many rows an agency may receive in 30 days."""

    async def work(connection: "Connection") -> None:
        from service.agencies.store import set_quota

        await set_quota(connection, name, rows_per_30_days)

    with_database(work)
    console.print(f"{name}: up to {rows_per_30_days:,} rows in 30 days", markup=False)
