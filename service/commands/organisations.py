"""Commands about organisations and the names of institutions: whose lines are verified, and which names mean the same."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import DecidedBy, examples
from service.commands.process import console, start, with_database
from service.operator_name import operator_name

if TYPE_CHECKING:
    from service.database import Connection
    from service.organisations.store import Line

app = typer.Typer(
    help="Verify whose lines ranges of numbers are; this protects none of them.", no_args_is_help=True
)
institutions = typer.Typer(
    help="Bring the names together that callers use for one institution.", no_args_is_help=True
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The organisation's name, which appears in look-ups.")
]


@app.command("list")
def list_all() -> None:
    """List the verified ranges, each with whose it is and where to complain."""

    async def work(connection: "Connection") -> "list[Line]":
        from service.organisations.store import list_lines

        return await list_lines(connection)

    for line in with_database(work):
        typer.echo(
            f"{line.verified_at:%Y-%m-%d}  {line.range.first}~{line.range.last}  {line.name}  {line.complaints}"
        )


@app.command(
    epilog=examples(
        'dunwatch organisations verify 某某银行 --range 95500 --range "010-82340000~010-82340099" '
        '--complaints "95500 转 9" --reason "licence and letter of 2026-11-20 seen"'
    )
)
def verify(
    name: Name,
    ranges: Annotated[
        list[str],
        typer.Option(
            "--range", help="Verify the numbers FIRST~LAST, or one number; repeat for several ranges."
        ),
    ],
    complaints: Annotated[str, typer.Option(help="State where to complain; look-ups of its lines tell it.")],
    reason: Annotated[str, typer.Option(help="State what proved it; agencies can read it in the ledger.")],
    by: DecidedBy = None,
) -> None:
    """Verify once that numbers are an organisation's own, and print the token with which it may dispute for them.

    Look-ups then tell whose line it is and where to complain. Its numbers are judged like any other.
    """
    settings = start()
    from service.organisations.ranges import RangeError, parse_range
    from service.organisations.store import Verification
    from service.organisations.verify import OrganisationError, verify_organisation
    from service.secrets import load_key_ring

    keys = load_key_ring(settings.keys_dir)
    verified = Verification(
        name=_required(name, "NAME"),
        complaints=_required(complaints, "--complaints"),
        reason=_required(reason, "--reason"),
        verified_by=f"operator:{by or operator_name()}",
        verified_at=datetime.now(UTC),
    )

    async def work(connection: "Connection") -> str:
        return await verify_organisation(connection, keys, verified, [parse_range(one) for one in ranges])

    try:
        token = with_database(work)
    except (RangeError, OrganisationError) as error:
        console.print(f"Nothing was verified: {error}.", markup=False)
        raise typer.Exit(2) from error
    console.print(f"{verified.name} is verified. Its token, which is shown only this once:", markup=False)
    typer.echo(token)


@app.command(epilog=examples("dunwatch organisations end 某某银行 --reason 'the lines were given up'"))
def end(
    name: Name,
    reason: Annotated[str, typer.Option(help="State why; agencies can read it in the ledger.")],
    by: DecidedBy = None,
) -> None:
    """End the verification of an organisation: look-ups no longer name it, and its token is worth nothing."""
    from service.organisations.verify import OrganisationError, end_organisation

    why = _required(reason, "--reason")

    async def work(connection: "Connection") -> None:
        who = f"operator:{by or operator_name()}"
        await end_organisation(connection, name, why, by=who, now=datetime.now(UTC))

    try:
        with_database(work)
    except OrganisationError as error:
        console.print(f"Nothing was changed: {error}.", markup=False)
        raise typer.Exit(2) from error
    console.print(f"{name} is no longer verified.", markup=False)


@institutions.command("list")
def list_names() -> None:
    """List the names that were added, each with the institution that it means."""

    async def work(connection: "Connection") -> list[tuple[str, str]]:
        from service.exports.store import list_institution_names

        return await list_institution_names(connection)

    for written, name in with_database(work):
        typer.echo(f"{written}  ->  {name}")


@institutions.command(epilog=examples("dunwatch institutions add 某某消费金融 某某贷 某某分期"))
def add(
    name: Annotated[str, typer.Argument(help="The name that appears in exports.")],
    written: Annotated[
        list[str], typer.Argument(help="Other names that it has, such as those of its brands.")
    ],
) -> None:
    """Add other names that exports show as this institution; company forms and brackets are taken off."""
    from service.exports.institution_names import written_name

    shown = _required(name, "NAME")
    others = {written_name(one) for one in (shown, *written)} - {""}

    async def work(connection: "Connection") -> None:
        from service.exports.store import keep_institution_names

        await keep_institution_names(connection, others, shown, now=datetime.now(UTC))

    with_database(work)
    console.print(f"{len(others)} names are shown as {shown}.", markup=False)


@institutions.command(epilog=examples("dunwatch institutions remove 某某贷"))
def remove(
    written: Annotated[str, typer.Argument(help="The name, as `dunwatch institutions list` shows it first.")],
) -> None:
    """Remove a name, which exports then show as itself again."""

    async def work(connection: "Connection") -> bool:
        from service.exports.store import delete_institution_name

        return await delete_institution_name(connection, written)

    if not with_database(work):
        console.print("No such name was added.")
        raise typer.Exit(2)
    console.print(f"{written} is shown as itself again.", markup=False)


def _required(text: str, option: str) -> str:
    """Return a text without white space around it; end the command if it is empty, or longer than a sentence."""
    stripped = " ".join(text.split())  # also the wide blanks of Chinese
    if not 1 <= len(stripped) <= 500 or not stripped.isprintable():
        console.print(f"{option} must be a text of 1 to 500 characters.")
        raise typer.Exit(2)
    return stripped
