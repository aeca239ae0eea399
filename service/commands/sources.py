"""Commands about sources of reports: which of them may confirm numbers by themselves."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import examples
from service.commands.process import console, with_database
from service.operator_name import operator_name

if TYPE_CHECKING:
    from service.database import Connection
    from service.reports.sources_store import Source
    from service.reports.vetting import Vetting, VettingRow

app = typer.Typer(
    help="List sources of reports, and decide which of them may confirm numbers.", no_args_is_help=True
)
SourceName = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The source's name, as `dunwatch sources list` shows it.")
]
Why = Annotated[str, typer.Option(help="Record this reason in the ledger, where every agency can read it.")]
Vetted = Annotated[
    bool,
    typer.Option(
        "--vetted",
        help="Let reports of this source alone confirm a number; --reason says why, and is required.",
    ),
]
WhyVetted = Annotated[
    str | None,
    typer.Option(help="Record in the ledger why the source is vetted; every agency can read it there."),
]


@app.command("list")
def list_all() -> None:
    """List all sources with what was decided about each, when and why."""

    async def work(connection: "Connection") -> "list[VettingRow]":
        from service.reports.vetting import list_vetting

        return await list_vetting(connection)

    for row in with_database(work):
        when = f"{row.vetting_at:%Y-%m-%d}" if row.vetting_at else "-"
        typer.echo(f"{row.vetting:10} {when:10}  {row.name:24} {row.vetting_reason or ''}".rstrip())


@app.command(
    epilog=examples("dunwatch sources vet hotline --reason 'our own hotline; every caller is called back'")
)
def vet(source: SourceName, reason: Why) -> None:
    """Let reports of a source alone confirm numbers.

    The operator answers for it: its groups are people who do not act together, and it invents none.
    """
    from service.reports.vetting import Vetting

    _decide(source, Vetting.VETTED, reason)


@app.command(epilog=examples("dunwatch sources unvet hotline --reason 'the contract has ended'"))
def unvet(source: SourceName, reason: Why) -> None:
    """Decide that a source is not, or no longer, vetted.

    Its reports lead to a suspicion at most; numbers that they confirmed are scored again.
    """
    from service.reports.vetting import Vetting

    _decide(source, Vetting.UNVETTED, reason)


def require_reason(reason: str | None) -> str:
    """Return a reason without white space around it; end the command if there is none."""
    if reason is None or not (stripped := reason.strip()):
        console.print("A decision about a source requires --reason: the ledger keeps why.")
        raise typer.Exit(2)
    return stripped


def reason_to_vet(*, vetted: bool, reason: str | None) -> str | None:
    """Return why a source is to be vetted, None if it is not; end the command where one option lacks the other."""
    if vetted:
        return require_reason(reason)
    if reason is not None:
        console.print("--reason goes with --vetted: it says why the source is vetted.")
        raise typer.Exit(2)
    return None


async def vet_source(connection: "Connection", source: "Source", reason: str) -> None:
    """Vet a source; needs a transaction."""
    from service.reports.vetting import Vetting

    await _record(connection, source, Vetting.VETTED, reason)


async def name_undecided(connection: "Connection") -> None:
    """Print the sources about which the operator has yet to decide."""
    from service.reports.vetting import Vetting, list_vetting

    undecided = [row.name for row in await list_vetting(connection) if row.vetting == Vetting.UNDECIDED]
    if undecided:
        console.print(
            f"  sources   not vetted: {', '.join(undecided)}. Their reports confirm no number by themselves; decide "
            "with `dunwatch sources vet` or `unvet`.",
            markup=False,
        )


def _decide(name: str, vetting: "Vetting", reason: str) -> None:
    reason = require_reason(reason)

    async def work(connection: "Connection") -> bool:
        from service.reports.sources_store import fetch_source

        source = await fetch_source(connection, name)
        if source is None or source.source_id == 0:  # the crowd is none
            return False
        await _record(connection, source, vetting, reason)
        return True

    if not with_database(work):
        console.print(f"There is no source {name!r}; `dunwatch sources list` shows all.", markup=False)
        raise typer.Exit(1)
    console.print(
        f"{name}: {vetting}. Its numbers are scored again while `dunwatch serve` runs.", markup=False
    )


async def _record(connection: "Connection", source: "Source", vetting: "Vetting", reason: str) -> None:
    from service.reports.vetting import VettingDecision, decide_vetting

    by = f"operator:{operator_name()}"
    await decide_vetting(connection, source, VettingDecision(vetting, reason, by, datetime.now(UTC)))
