"""Commands about cases, for who decides: what filers say that authorities decided, and its confirmation."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.database import Connection
    from service.outcomes.store import NewOutcome

app = typer.Typer(help="Cases: what filers say became of them.", no_args_is_help=True)
AnyNumber = Annotated[str, typer.Argument(help="The number, as it was shown.")]


@app.command()
def claims(
    number: AnyNumber,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the outcomes that filers tell of a number that waits for `outcome_reported` in `dunwatch reviews`.

    They are their word: ask the channel, or for the document, before `dunwatch cases confirm` or `dunwatch decide`.
    Who they are is not told.
    """
    key = _key(number)

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
        console.print("nobody has told an outcome of this number")


@app.command()
def confirm(
    number: AnyNumber, filing: Annotated[str, typer.Argument(help="Which filing, as `claims` lists it.")]
) -> None:
    """Confirm what a filer says: from then on it is a label for training and gives the number's reporters credit."""
    key = _key(number)

    async def work(connection: "Connection") -> int:
        from service.decisions.store import end_review
        from service.outcomes.record import confirm_case

        confirmed = await confirm_case(connection, key, filing, datetime.now(UTC))
        if confirmed:
            await end_review(connection, key)
        return confirmed

    if not with_database(work):
        console.print("there is no such claim that waits")
        raise typer.Exit(1)
    console.print("confirmed")


def _key(number: str) -> str:
    """The key of a number; ends the command where it is none."""
    from service.edge.validation import message
    from service.numbers.parse import NumberError, parse_number

    try:
        return parse_number(number).key
    except NumberError as error:
        console.print(" / ".join(message(f"number_{error.problem}")), markup=False)
        raise typer.Exit(2) from error


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
        line = f"{row.source_id}  {row.result} on {row.decided_on}, told {row.recorded_at:%Y-%m-%d %H:%M}, {confirmed}"
        console.print(line, markup=False, soft_wrap=True)
