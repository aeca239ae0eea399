"""Commands about who may use the API."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, with_database
from service.edge.access import Scope

if TYPE_CHECKING:
    from service.database import Connection
    from service.edge.api_keys import KeyRow

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    label: Annotated[str, typer.Option(help="Whose key it is, for the list.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
    source: Annotated[str | None, typer.Option(help="Feed its reports belong to (scope reports).")] = None,
    weight: Annotated[float, typer.Option(min=0, max=3, help="What a report of a new feed weighs.")] = 1.0,
    per_second: Annotated[int | None, typer.Option(min=1, help="Requests a second.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    agency: Annotated[str | None, typer.Option(help="Agency it is for (scope exports).")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the agency uses its exports for.")] = None,
) -> None:
    """Make a key and print it, once: only its hash is stored.

    Exports over HTTP are asked for with a key of an agency, for a purpose.
    """
    if (Scope.REPORTS in scope) != (source is not None):
        console.print("--source goes with --scope reports: reports belong to a feed")
        raise typer.Exit(2)
    if (agency is None) != (purpose is None) or (agency and Scope.EXPORTS not in scope):
        console.print("--agency and --purpose go together, and with --scope exports")
        raise typer.Exit(2)
    now = datetime.now(UTC)

    async def work(connection: "Connection") -> str:
        from service.agencies.store import fetch_agency
        from service.edge.api_keys import create_key
        from service.reports.store import ensure_source

        bound = await fetch_agency(connection, agency) if agency else None
        feed = await ensure_source(connection, source, weight=weight) if source else None
        _, token = await create_key(
            connection,
            label=label,
            scopes=scope,
            now=now,
            source_id=feed.source_id if feed else None,
            limit_per_second=per_second,
            expires_at=now + timedelta(days=days) if days else None,
            agency_id=bound.agency_id if bound else None,
            purpose=purpose,
        )
        return token

    typer.echo(with_database(work))


@app.command("list")
def list_all() -> None:
    """List all keys; the keys themselves are not stored."""

    async def work(connection: "Connection") -> tuple["list[KeyRow]", dict[int | None, str]]:
        from service.agencies.store import list_agencies
        from service.edge.api_keys import list_keys

        agencies = await list_agencies(connection, datetime.now(UTC))
        return await list_keys(connection), {agency.agency_id: agency.name for agency, _ in agencies}

    keys, names = with_database(work)
    for key in keys:
        state = "revoked" if key.revoked_at else "expired" if _is_past(key.expires_at) else "valid"
        typer.echo(
            f"{key.key_id}  {state:8}{key.created_at:%Y-%m-%d}  {','.join(key.scopes):24} {key.label}"
            + (f"  ({names[key.agency_id]}: {key.purpose})" if key.purpose else "")
        )


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="Id from `dunwatch keys list`.")]) -> None:
    """Revoke a key for good, on every host within a second."""

    async def work(connection: "Connection") -> bool:
        from service.edge.api_keys import revoke_key

        return await revoke_key(connection, key_id, datetime.now(UTC))

    if not with_database(work):
        console.print(f"there is no valid key {key_id}")
        raise typer.Exit(1)


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= datetime.now(UTC)
