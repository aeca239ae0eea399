"""Commands that play the crowd: become a reporter, fill the service with a simulated crowd."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from service.commands.process import console, start


def register(
    url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8000",
) -> None:
    """Become a reporter: solve the proof of work and print the token, which is shown this once."""
    import json
    from urllib.request import Request, urlopen

    from service.reports.reporters import solve_challenge

    with urlopen(f"{url}/v1/reporters/challenge") as response:  # noqa: S310  the user's own address
        challenge = json.load(response)
    body = json.dumps({"altcha": solve_challenge(challenge)}).encode()
    request = Request(f"{url}/v1/reporters", body, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request) as response:  # noqa: S310
        typer.echo(json.load(response)["token"])


def demo(
    seed: Annotated[int, typer.Option(help="Another seed, another crowd.")] = 1,
    gangs: Annotated[int, typer.Option(min=1, help="How many simulated collectors.")] = 20,
    reporters: Annotated[int, typer.Option(min=10, help="How many simulated reporters.")] = 1500,
) -> None:
    """Fill a running or a fresh service with a simulated crowd, marked as such everywhere."""
    settings = start()
    from service.demo import fill
    from service.supervisor import running_database

    with running_database(settings):
        summary = asyncio.run(
            fill(
                settings, seed=seed, gangs=gangs, reporters=reporters, now=datetime.now(UTC), console=console
            )
        )
    console.print(f"{summary.stored:,} simulated reports of {summary.numbers:,} numbers stored and scored")
    for verdict, number in summary.examples:
        console.print(f"  {verdict:10} {number}")
