"""Commands about outcomes: record what an agency answered in a file."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import examples
from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.database import Connection
    from service.edge.problems import FieldError
    from service.outcomes.filled import ReadFile
    from service.outcomes.schemas import Taken

app = typer.Typer(help="Record what agencies found about the rows they received.", no_args_is_help=True)
MOST_BYTES = 64 * 1024 * 1024
READING_SECONDS = 300.0


@app.command(
    "import",
    epilog=examples(
        "dunwatch outcomes import answers.csv --agency 12321",
        "dunwatch outcomes import reports.xlsx --agency 12321 --decided-on 2026-11-30 --keep-good",
    ),
)
def import_outcomes(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="The file of answers: the exported file with a column 处理结果 (xlsx, xls, ods or CSV), or NDJSON.",
        ),
    ],
    agency: Annotated[str, typer.Option(help="Record the answers as this agency's.")],
    decided_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Record answers without a day as decided on this one, not today."
        ),
    ] = None,
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Record the good rows although others are wrong.")
    ] = False,
) -> None:
    """Record an agency's answers, all of them or none; columns are found by their Chinese or English headings."""
    from service.edge.problems import ProblemError
    from service.outcomes.answers import Terms

    terms = Terms(datetime.now(UTC), decided_on.date() if decided_on else None, keep_good)
    if wrong := terms.flaw():
        _tell([wrong])
        console.print("Nothing was recorded: correct --decided-on.")
        raise typer.Exit(2)
    read = _read(file, keep_good=keep_good)

    async def work(connection: "Connection") -> "Taken":
        from service.agencies.store import fetch_agency
        from service.outcomes.answers import take_answers

        return await take_answers(connection, await fetch_agency(connection, agency), read, terms)

    try:
        taken = with_database(work)
    except ProblemError as error:
        _tell(error.fields)
        console.print("Nothing was recorded: correct the rows above and repeat.")
        raise typer.Exit(1) from error
    _summarise(taken)


def _read(file: Path, *, keep_good: bool) -> "ReadFile":
    """Return what a file says; end the command where it says nothing, or something wrong that must not be."""
    from service.edge.problems import ProblemError
    from service.host.beside import Asker, Beside
    from service.outcomes.reading import read_beside

    content = file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
    if not content.strip():
        size = f"the file has more than {MOST_BYTES // 1024**2} MB." if file.stat().st_size else ""
        console.print(f"Nothing was recorded: {size or 'the file holds no answers.'}")
        raise typer.Exit(2)
    try:
        read = asyncio.run(read_beside(Beside(), content, Asker(b"", ""), seconds=READING_SECONDS))
    except ProblemError as error:
        _tell(error.fields)
        console.print("Nothing was recorded.")
        raise typer.Exit(2) from error
    if read.flaws and not keep_good:
        _tell(read.flaws)
        console.print("Nothing was recorded: correct the rows above and repeat, or add --keep-good.")
        raise typer.Exit(2)
    if not (read.answers or read.flaws):
        console.print(
            f"Nothing was recorded: the file holds no answers, and {read.unanswered:,} rows without one."
        )
        raise typer.Exit(2)
    return read


def _tell(flaws: "Sequence[FieldError]") -> None:
    for wrong in flaws:
        console.print(f"{wrong.field}: {wrong.zh} / {wrong.en}", markup=False)


def _summarise(taken: "Taken") -> None:
    for one in taken.refused:
        console.print(f"{one.field}: {one.message_zh} / {one.message_en}", markup=False)
    console.print(f"{taken.recorded:,} recorded, {taken.repeated:,} already there")
    for count, told in (
        (len(taken.refused), "refused, named above"),
        (taken.unanswered, "rows without a result yet"),
        (taken.without_day, "without a day of their own"),
    ):
        if count:
            console.print(f"{count:,} {told}")
