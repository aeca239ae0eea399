"""Commands that play the crowd: become a reporter, fill the service with a simulated crowd."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from service.commands.process import console, start


def register(
    url: Annotated[
        str | None, typer.Option(help="The service; by default the one of these settings.")
    ] = None,
) -> None:
    """Become a reporter: solve the proof of work and print the token, which is shown this once."""
    settings = start()
    import json
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    from service.reports.reporters import solve_challenge

    base = url or f"http://{settings.host}:{settings.port}"
    try:
        with urlopen(f"{base}/v1/reporters/challenge") as response:  # noqa: S310  the user's own address
            challenge = json.load(response)
        body = json.dumps({"altcha": solve_challenge(challenge)}).encode()
        request = Request(f"{base}/v1/reporters", body, {"Content-Type": "application/json"})  # noqa: S310  the same
        with urlopen(request) as response:  # noqa: S310  the same
            typer.echo(json.load(response)["token"])
    except URLError as error:  # a refusal by the service is one, too
        console.print(f"{base} gave no token: {error.reason}", markup=False)
        raise typer.Exit(1) from error


def demo(
    seed: Annotated[int, typer.Option(help="Another seed, another crowd.")] = 1,
    gangs: Annotated[int, typer.Option(min=1, help="How many simulated collectors.")] = 20,
    reporters: Annotated[int, typer.Option(min=10, help="How many simulated reporters.")] = 1500,
) -> None:
    """Fill a running or a fresh service with a simulated crowd, marked as such everywhere."""
    settings = start()
    from service.demo import fill
    from service.host.supervisor import running_database

    with running_database(settings):
        summary = asyncio.run(
            fill(
                settings, seed=seed, gangs=gangs, reporters=reporters, now=datetime.now(UTC), console=console
            )
        )
    console.print(f"{summary.stored:,} simulated reports of {summary.numbers:,} numbers stored and scored")
    for verdict, number in summary.examples:
        console.print(f"  {verdict:10} {number}")
