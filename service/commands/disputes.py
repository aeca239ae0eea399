"""Commands for owners' disputes: `dunwatch disputes list` tells what waits, `dunwatch disputes decide` ends one."""

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.process import console, start, with_database
from service.database import Connection

if TYPE_CHECKING:
    from service.disputes.store import JudgedDispute

app = typer.Typer(help="Disputes by owners of numbers: list, decide.", no_args_is_help=True)
UPHELD = "cleared, protected, recycled or released"


@app.command("list")
def list_open(
    at_most: Annotated[int, typer.Option(min=1, help="So many, those first that are due first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the disputes that wait for a person, with what their owners say."""
    settings = start()
    from service.disputes.dispute import unseal_statement
    from service.disputes.store import list_open_disputes, list_statements
    from service.secrets import load_key_ring

    keys = load_key_ring(settings.keys_dir)

    async def work(connection: Connection) -> list[tuple["JudgedDispute", list[str]]]:
        found = []
        for one in await list_open_disputes(connection, at_most=at_most):
            rows = await list_statements(connection, one.dispute)
            texts = [unseal_statement(row, keys, one.dispute.dispute_id) for row in rows]
            found.append((one, [text for text in texts if text is not None]))
        return found

    found = with_database(work)
    if not found and not as_json:
        console.print("no dispute waits for a decision")
    for one, statements in found:
        _show(one, statements, as_json=as_json)


@app.command()
def decide(
    dispute: Annotated[UUID, typer.Argument(help="Id from `dunwatch disputes list`.")],
    outcome: Annotated[str, typer.Argument(help="upheld or rejected.")],
    reason: Annotated[str, typer.Option(help="Why; the owner and the number's reporters read it.")],
    decision: Annotated[str | None, typer.Option(help=f"Of an upheld dispute: {UPHELD}.")] = None,
    owner_since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="For `recycled`: the first day of the new owner."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who decided; by default who runs this.")] = None,
) -> None:
    """End a dispute: upheld with a decision about its number, or rejected."""
    from service.decisions.decide import DecisionError
    from service.disputes.dispute import Outcome, settle_dispute
    from service.edge.problems import ProblemError

    choices = (None,) if outcome == "rejected" else tuple(UPHELD.replace(" or", ",").split(", "))
    if outcome not in ("upheld", "rejected") or decision not in choices:
        console.print(f"a dispute is `upheld` with --decision {UPHELD}, or `rejected` without one")
        raise typer.Exit(2)
    epoch = owner_since.date() if owner_since else None
    concluded = Outcome(decision, reason, by or getpass.getuser(), epoch)

    async def work(connection: Connection) -> None:
        await settle_dispute(connection, dispute, concluded, datetime.now(UTC))

    try:
        with_database(work)
    except DecisionError as error:
        console.print(f"nothing was decided: {error}", markup=False)
        raise typer.Exit(2) from error
    except ProblemError as error:
        console.print(f"nothing was decided: {error.document('en')['detail']}", markup=False)
        raise typer.Exit(2) from error
    console.print(f"{dispute}: {outcome}; the scorer publishes what follows")


def _show(waiting: "JudgedDispute", statements: list[str], *, as_json: bool) -> None:
    dispute = waiting.dispute
    if as_json:
        fields = {
            "dispute_id": str(dispute.dispute_id),
            "number": dispute.number,
            "reason": dispute.reason,
            "opened_at": dispute.opened_at.isoformat(),
            "due_on": dispute.due_on.isoformat(),
            "verdict": waiting.verdict,
            "score": waiting.score,
            "statements": statements,
        }
        typer.echo(json.dumps(fields, ensure_ascii=False))
        return
    typer.echo(
        f"{dispute.dispute_id}  due {dispute.due_on}  {dispute.number}  {dispute.reason}  {waiting.verdict or 'none'}"
    )
    for text in statements:
        typer.echo(f"    {text}")
