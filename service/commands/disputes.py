"""Commands for owners' disputes: `dunwatch disputes list` shows the open ones, `dunwatch disputes decide` ends one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import UUID

import typer

from service.commands.options import AsJsonLines, DecidedBy, OwnerSince, examples
from service.commands.process import console, start, with_database
from service.operator_name import operator_name

if TYPE_CHECKING:
    from service.database import Connection
    from service.disputes.dispute import Outcome
    from service.disputes.proof_store import ProofRow
    from service.disputes.store import JudgedDispute

app = typer.Typer(help="List and decide disputes by the owners of numbers.", no_args_is_help=True)
UPHELD = ("cleared", "protected", "recycled", "released")
CHOICES = f"{', '.join(UPHELD[:-1])} or {UPHELD[-1]}"


@app.command("list")
def list_open(
    at_most: Annotated[
        int, typer.Option(min=1, help="Show at most this many disputes; those that are due first come first.")
    ] = 50,
    as_json: AsJsonLines = False,
) -> None:
    """List the disputes that wait for a person, with the owners' statements."""
    settings = start()
    from service.disputes.dispute import unseal_statement
    from service.disputes.store import list_open_disputes, list_statements
    from service.secrets import load_key_ring

    keys = load_key_ring(settings.keys_dir)

    async def work(connection: "Connection") -> list[tuple["JudgedDispute", list[str]]]:
        found = []
        for one in await list_open_disputes(connection, at_most=at_most):
            rows = await list_statements(connection, one.dispute)
            texts = [unseal_statement(row, keys, one.dispute.dispute_id) for row in rows]
            found.append((one, [text for text in texts if text is not None]))
        return found

    found = with_database(work)
    if not found and not as_json:
        console.print("No dispute waits for a decision.")
    for one, statements in found:
        _show(one, statements, as_json=as_json)


@app.command(
    epilog=examples(
        'dunwatch disputes decide ID upheld --decision cleared --reason "delivery notes seen"',
        'dunwatch disputes decide ID rejected --reason "recordings show threats to third parties"',
    )
)
def decide(
    dispute: Annotated[UUID, typer.Argument(help="The dispute's id, as `dunwatch disputes list` shows it.")],
    outcome: Annotated[str, typer.Argument(help="The outcome, which is upheld or rejected.")],
    reason: Annotated[
        str, typer.Option(help="Give the reason; the owner and the number's reporters read it.")
    ],
    decision: Annotated[
        str | None, typer.Option(help=f"Decide about the number of an upheld dispute: {CHOICES}.")
    ] = None,
    owner_since: OwnerSince = None,
    by: DecidedBy = None,
) -> None:
    """End a dispute: uphold it with a decision about its number, or reject it."""
    from service.disputes.dispute import Outcome

    if outcome not in ("upheld", "rejected") or decision not in (
        (None,) if outcome == "rejected" else UPHELD
    ):
        console.print(f"A dispute is `upheld` with --decision {CHOICES}, or `rejected` without --decision.")
        raise typer.Exit(2)
    concluded = Outcome(
        decision=decision,
        explanation=reason,
        decided_by=by or operator_name(),
        epoch_from=owner_since.date() if owner_since else None,
    )
    _settle(dispute, concluded)
    console.print(f"{dispute}: {outcome}. The scorer publishes what follows within a second.")


@app.command(epilog=examples("dunwatch disputes proofs ID licence"))
def proofs(
    dispute: Annotated[UUID, typer.Argument(help="The dispute's id, as `dunwatch disputes list` shows it.")],
    directory: Annotated[Path, typer.Argument(help="The directory to create, which then holds the files.")],
) -> None:
    """Write the files that the owner attached to a dispute, decrypted, into a new directory."""
    settings = start()
    from service.disputes.proof_store import fetch_proof, list_proofs
    from service.disputes.store import fetch_dispute
    from service.evidence.media import EXTENSIONS
    from service.secrets import load_key_ring

    keys = load_key_ring(settings.keys_dir)

    async def work(connection: "Connection") -> "list[ProofRow | None]":
        found = await fetch_dispute(connection, dispute)
        if found is None:
            return []
        return [
            await fetch_proof(connection, found, one.proof_id) for one in await list_proofs(connection, found)
        ]

    rows = [row for row in with_database(work) if row is not None and row.sealed is not None]
    if not rows:
        console.print("There is no such dispute, or nothing is attached to it.")
        raise typer.Exit(1)
    directory.mkdir(mode=0o700)
    for row in rows:
        content = keys.unseal(row.sealed or b"", row.proof_id.bytes)
        (directory / f"{row.proof_id}{EXTENSIONS[row.media_type]}").write_bytes(content)
    console.print(f"{len(rows)} files were written; delete them once the dispute is decided.")


def _settle(dispute: UUID, outcome: "Outcome") -> None:
    """Store how a dispute ended; end the command with the reason when it cannot end so."""
    from service.decisions.decide import DecisionError
    from service.disputes.dispute import settle_dispute
    from service.edge.problems import NOT_FOUND, ProblemError

    async def work(connection: "Connection") -> None:
        await settle_dispute(connection, dispute, outcome, datetime.now(UTC))

    try:
        with_database(work)
    except DecisionError as error:
        _refuse(str(error), error)
    except ProblemError as error:
        unknown = f"there is no dispute {dispute}; `dunwatch disputes list` shows those that wait."
        _refuse(unknown if error.problem is NOT_FOUND else str(error.document("en")["detail"]), error)


def _refuse(reason: str, error: Exception) -> NoReturn:
    console.print(f"Nothing was decided: {reason}", markup=False)
    raise typer.Exit(2) from error


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
