"""Commands about who may use the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import examples
from service.commands.process import console, with_database
from service.commands.sources import Vetted, WhyVetted, reason_to_vet, vet_source
from service.edge.access import Scope

if TYPE_CHECKING:
    from service.database import Connection
    from service.edge.api_keys import KeyRow

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)
Scopes = Annotated[
    list[Scope],
    typer.Option(metavar="SCOPE", help=f"Grant this scope: {', '.join(Scope)}. Repeat for several."),
]
Label = Annotated[str, typer.Option(help="Name the key's holder; the list of keys shows this.")]
Feed = Annotated[
    str | None, typer.Option(help="File the key's reports under this feed; `--scope reports` requires it.")
]
Weight = Annotated[float, typer.Option(min=0, max=3, help="Give each report of a new feed this weight.")]
PerSecond = Annotated[int | None, typer.Option(min=1, help="Allow this many requests a second.")]
Days = Annotated[int | None, typer.Option(min=1, help="Let the key expire after this many days.")]
BoundTo = Annotated[str | None, typer.Option(help="Bind the key to this agency, for `--scope exports`.")]
Purpose = Annotated[
    str | None, typer.Option(help="State what the agency uses its exports for; --agency requires it.")
]


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What a new key is to be, as the options say."""

    label: str
    scopes: list[Scope]
    source: str | None
    weight: float
    per_second: int | None
    days: int | None
    agency: str | None
    purpose: str | None
    vetted_because: str | None


@app.command(
    epilog=examples(
        "dunwatch keys create --label 'the PBX' --scope lookup",
        "dunwatch keys create --label partner --scope reports --source partner-app",
        "dunwatch keys create --label hotline --scope reports --source hotline --vetted --reason 'our own hotline'",
        "dunwatch keys create --label 12321 --scope exports --agency 12321 --purpose 'handling complaints'",
    )
)
def create(
    label: Label,
    scope: Scopes,
    source: Feed = None,
    weight: Weight = 1.0,
    per_second: PerSecond = None,
    days: Days = None,
    agency: BoundTo = None,
    purpose: Purpose = None,
    vetted: Vetted = False,
    reason: WhyVetted = None,
) -> None:
    """Create a key and print it; it is shown only once, as only its hash is stored.

    To request exports over HTTP, a key must be bound to an agency and a purpose. Reports of a source that is not vetted
    lead to a suspicion at most.
    """
    _require_whole(scope, source, agency, purpose)
    if vetted and source is None:
        console.print("--vetted requires --source: it is a source that is vetted.")
        raise typer.Exit(2)
    wanted = WantedKey(
        label=label,
        scopes=scope,
        source=source,
        weight=weight,
        per_second=per_second,
        days=days,
        agency=agency,
        purpose=purpose,
        vetted_because=reason_to_vet(vetted=vetted, reason=reason),
    )
    typer.echo(with_database(lambda connection: _create(connection, wanted)))


def _require_whole(
    scope: Sequence[Scope], source: str | None, agency: str | None, purpose: str | None
) -> None:
    """End the command where one option requires another that is missing."""
    wrong = None
    if (Scope.REPORTS in scope) != (source is not None):
        wrong = "--source and --scope reports go together: reports belong to a feed."
    elif (agency is None) != (purpose is None) or (agency and Scope.EXPORTS not in scope):
        wrong = "--agency and --purpose go together, and require --scope exports."
    if wrong is not None:
        console.print(wrong)
        raise typer.Exit(2)


async def _create(connection: "Connection", wanted: WantedKey) -> str:
    """Store a key and return its token."""
    from service.agencies.store import fetch_agency
    from service.edge.api_keys import create_key
    from service.reports.sources_store import ensure_source
    from service.reports.vetting import Vetting

    now = datetime.now(UTC)
    agency = await fetch_agency(connection, wanted.agency) if wanted.agency else None
    feed = await ensure_source(connection, wanted.source, weight=wanted.weight) if wanted.source else None
    if feed and wanted.vetted_because:
        await vet_source(connection, feed, wanted.vetted_because)
    elif feed and feed.vetting == Vetting.VETTED:
        console.print(
            f"The source {feed.name!r} is vetted: reports with this key alone can confirm a number.",
            markup=False,
        )
    _, token = await create_key(
        connection,
        label=wanted.label,
        scopes=wanted.scopes,
        now=now,
        source_id=feed.source_id if feed else None,
        limit_per_second=wanted.per_second,
        expires_at=now + timedelta(days=wanted.days) if wanted.days else None,
        agency_id=agency.agency_id if agency else None,
        purpose=wanted.purpose,
    )
    return token


@app.command("list")
def list_all() -> None:
    """List all keys by id, state, scopes and label; the keys themselves are not stored."""

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
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `dunwatch keys list` shows it.")],
) -> None:
    """Revoke a key for good; every host refuses it within a second."""

    async def work(connection: "Connection") -> bool:
        from service.edge.api_keys import revoke_key

        return await revoke_key(connection, key_id, datetime.now(UTC))

    if not with_database(work):
        console.print(f"There is no valid key {key_id}; `dunwatch keys list` shows all keys.", markup=False)
        raise typer.Exit(1)
    console.print(f"{key_id}: revoked", markup=False)


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= datetime.now(UTC)
