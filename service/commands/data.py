"""Commands about numbers: normalise, look up."""

import sys
from typing import Annotated

import typer

from service.commands.process import console, start


def normalize(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="The file that holds one caller ID per line; - reads standard input."),
    ],
) -> None:
    """Read caller IDs, one per line, and print a JSON line for each: the number, or what is wrong with it."""
    from service.numbers.parse import normalize_line

    write = sys.stdout.buffer.write
    for line in file:
        write(normalize_line(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))


def lookup(
    numbers: Annotated[list[str], typer.Argument(help="The caller IDs as they were displayed.")],
) -> None:
    """Look numbers up in this host's replica and print a JSON line for each."""
    settings = start()
    import orjson

    from service.lookup.answer import error_entry, unknown_answer
    from service.lookup.replica import ReplicaReader
    from service.numbers.parse import NumberError, parse_number

    replica = ReplicaReader(settings.replica_dir)
    replica.refresh()
    if not replica.is_ready:
        console.print("There is no replica yet: start `dunwatch serve` or `dunwatch follow` first.")
        raise typer.Exit(1)
    for text in numbers:
        try:
            number = parse_number(text)
            typer.echo((replica.get(number.key.encode()) or unknown_answer(number)) + b"}")
        except NumberError as error:
            typer.echo(orjson.dumps(error_entry(text, error)))
    replica.close()
