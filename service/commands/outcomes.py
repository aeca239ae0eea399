"""Commands about outcomes: record what an agency answered in a file."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import examples
from service.commands.process import console, with_database

if TYPE_CHECKING:
    from service.database import Connection
    from service.outcomes.schemas import OutcomeAnswer, Taken

app = typer.Typer(help="Record what agencies found about the rows they received.", no_args_is_help=True)


@app.command("import", epilog=examples("dunwatch outcomes import answers.csv --agency 12321"))
def import_outcomes(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="The file of answers: CSV that has a header, or NDJSON."
        ),
    ],
    agency: Annotated[str, typer.Option(help="Record the answers as this agency's.")],
) -> None:
    """Record an agency's answers, all of them or none; the columns are row_id, result, decided_on and note."""
    from service.edge.problems import ProblemError

    answers = _read(file)

    async def work(connection: "Connection") -> "Taken":
        from service.agencies.store import fetch_agency
        from service.outcomes.answers import take_answers

        return await take_answers(
            connection, await fetch_agency(connection, agency), answers, datetime.now(UTC)
        )

    try:
        taken = with_database(work)
    except ProblemError as error:
        for wrong in error.fields:
            console.print(f"{wrong.field}: {wrong.zh} / {wrong.en}", markup=False)
        console.print("Nothing was recorded: correct the rows above and repeat.")
        raise typer.Exit(1) from error
    console.print(f"{taken.recorded:,} recorded, {taken.repeated:,} already there")


def _read(file: Path) -> "list[OutcomeAnswer]":
    """Return the answers of a file; end the command, naming each line that holds none."""
    from pydantic import ValidationError

    from service.edge.validation import field_errors
    from service.outcomes.schemas import OutcomeAnswer

    answers, is_wrong = [], False
    for line, record in _records(file):
        try:
            answers.append(OutcomeAnswer.model_validate(record))
        except ValidationError as error:
            is_wrong = True
            for wrong in field_errors(error.errors(include_url=False)):
                console.print(f"line {line}: {wrong.field}: {wrong.zh} / {wrong.en}", markup=False)
    if is_wrong or not answers:
        console.print(
            "Nothing was recorded: correct the lines above and repeat."
            if is_wrong
            else "Nothing was recorded: the file holds no answers."
        )
        raise typer.Exit(2)
    return answers


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield records with their line numbers: of CSV by its header, otherwise one JSON object per line."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        if file.suffix.lower() == ".csv":
            reader = csv.DictReader(text)
            for record in reader:
                yield reader.line_num, {name: value for name, value in record.items() if value != ""}
            return
        for line, content in enumerate(text, 1):
            try:
                yield line, json.loads(content)
            except ValueError:
                yield line, {}
