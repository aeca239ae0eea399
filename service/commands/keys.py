"""Commands about who may use the API."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from service.access import Scope
from service.commands.process import console, start
from service.database import Connection

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    label: Annotated[str, typer.Option(help="Whose key it is, for the list.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
    source: Annotated[str | None, typer.Option(help="Feed its reports belong to (scope reports).")] = None,
    weight: Annotated[float, typer.Option(min=0, max=3, help="What a report of a new feed weighs.")] = 1.0,
    per_second: Annotated[int | None, typer.Option(min=1, help="Requests a second.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
) -> None:
    """Make a key and print it, once: only its hash is stored."""
    if (Scope.REPORTS in scope) != (source is not None):
        console.print("--source goes with --scope reports: reports belong to a feed")
        raise typer.Exit(2)
    now = datetime.now(UTC)

    async def work(connection: Connection) -> str:
        from service.api_keys import create_key
        from service.reports.store import ensure_source

        feed = await ensure_source(connection, source, weight=weight) if source else None
        _, token = await create_key(
            connection,
            label=label,
            scopes=scope,
            now=now,
            source_id=feed.source_id if feed else None,
            limit_per_second=per_second,
            expires_at=now + timedelta(days=days) if days else None,
        )
        return token

    typer.echo(_with_database(work))


@app.command("list")
def list_all() -> None:
    """List all keys; the keys themselves are not stored."""

    async def work(connection: Connection) -> Any:
        from service.api_keys import list_keys

        return await list_keys(connection)

    for key in _with_database(work):
        state = "revoked" if key.revoked_at else "expired" if _is_past(key.expires_at) else "valid"
        typer.echo(f"{key.key_id}  {state:8}{key.created_at:%Y-%m-%d}  {','.join(key.scopes):24}{key.label}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="Id from `dunwatch keys list`.")]) -> None:
    """Revoke a key for good, on every host within a second."""

    async def work(connection: Connection) -> bool:
        from service.api_keys import revoke_key

        return await revoke_key(connection, key_id, datetime.now(UTC))

    if not _with_database(work):
        console.print(f"there is no valid key {key_id}")
        raise typer.Exit(1)


def _with_database(work: Callable[[Connection], Awaitable[Any]]) -> Any:
    settings = start()
    from service.database import open_database
    from service.supervisor import running_database

    async def main() -> Any:
        database = open_database(settings)
        try:
            return await database.in_transaction(work)
        finally:
            await database.close()

    with running_database(settings):
        return asyncio.run(main())


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= datetime.now(UTC)
