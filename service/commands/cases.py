"""Commands about cases, for those who decide: what filers claim that authorities decided, and its confirmation."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AnyNumber, AsJsonLines, number_of
from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.database import Connection
    from service.outcomes.store import NewOutcome

app = typer.Typer(help="Check and confirm what filers claim became of their cases.", no_args_is_help=True)


@app.command()
def claims(number: AnyNumber, as_json: AsJsonLines = False) -> None:
    """List the outcomes that filers claim for a number, which `dunwatch reviews` shows as `outcome_reported`.

    They are only claims: ask the channel, or ask for the document, before
    `dunwatch cases confirm` or `dunwatch decide`. Filers remain anonymous.
    """
    key = number_of(number).key

    async def work(connection: "Connection") -> "list[NewOutcome]":
        from service.outcomes.store import OutcomeSource, list_outcomes

        return [one for one in await list_outcomes(connection, key) if one.source is OutcomeSource.CASE]

    rows = with_database(work)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_told(row)))
    elif rows:
        _show(rows)
    else:
        console.print("No filer has claimed an outcome for this number.")


@app.command()
def confirm(
    number: AnyNumber,
    filing: Annotated[str, typer.Argument(help="The filing's id, as `dunwatch cases claims` lists it.")],
) -> None:
    """Confirm a filer's claim: it becomes a label for training and gives the number's reporters credit."""
    key = number_of(number).key

    async def work(connection: "Connection") -> int:
        from service.decisions.store import end_review
        from service.outcomes.record import confirm_case

        confirmed = await confirm_case(connection, key, filing, datetime.now(UTC))
        if confirmed:
            await end_review(connection, key)
        return confirmed

    if not with_database(work):
        console.print("There is no such claim waiting; `dunwatch cases claims NUMBER` lists those there are.")
        raise typer.Exit(1)
    console.print("The claim was confirmed.")


def _told(row: "NewOutcome") -> dict[str, object]:
    return {
        "filing": row.source_id,
        "result": row.result,
        "decided_on": row.decided_on.isoformat(),
        "recorded_at": row.recorded_at.isoformat(),
        "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
    }


def _show(rows: "list[NewOutcome]") -> None:
    for row in rows:  # a line each, whole, to copy the filing from
        confirmed = f"confirmed {row.confirmed_at:%Y-%m-%d}" if row.confirmed_at else "not confirmed"
        line = f"{row.source_id}  {row.result} on {row.decided_on}, claimed {row.recorded_at:%Y-%m-%d %H:%M}, {confirmed}"
        console.print(line, markup=False, soft_wrap=True)
