"""Options that several commands share, and the examples under a command's help."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console

if TYPE_CHECKING:
    from service.numbers.parse import Number

AnyNumber = Annotated[str, typer.Argument(help="The number as it was displayed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line instead of text.")]
DecidedBy = Annotated[
    str | None,
    typer.Option(help="Record this person as the one who decided; by default, whoever runs the command."),
]
OwnerSince = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Set the new owner's first day; `recycled` requires it."),
]
ComplaintsFile = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="The file that holds the complaints: an FTC format, plain or gzip."
    ),
]
HorizonDays = Annotated[int, typer.Option(min=1, max=28, help="Look this many days ahead.")]
MinReports = Annotated[
    int,
    typer.Option(
        min=1,
        max=100,
        help="Count a number as reported again if it gets at least this many reports in those days.",
    ),
]


def number_of(text: str) -> "Number":
    """Return the number that an argument shows; end the command when it shows none."""
    from service.edge.validation import number_message
    from service.numbers.parse import NumberError, parse_number

    try:
        return parse_number(text)
    except NumberError as error:
        console.print(" / ".join(number_message(error)), markup=False)
        raise typer.Exit(2) from error


def examples(*commands: str) -> str:
    """Return the text under a command's help that shows how it is called, a line each."""
    heading = "Examples:" if len(commands) > 1 else "Example:"
    return "\n  ".join([heading, *commands])
