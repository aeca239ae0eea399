"""Commands that act as the crowd: register a reporter, fill the service with a simulated crowd."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from service.commands.process import console, start


def register(
    url: Annotated[
        str | None,
        typer.Option(
            help="Register with the service at this address; by default, at the configured host and port."
        ),
    ] = None,
) -> None:
    """Register a new reporter: solve the proof of work and print the token, which is shown only once."""
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
        console.print(
            f"{base} returned no token: {error.reason}. Check the address and that the service is running.",
            markup=False,
        )
        raise typer.Exit(1) from error


def demo(
    seed: Annotated[int, typer.Option(help="Draw another crowd with another seed.")] = 1,
    gangs: Annotated[int, typer.Option(min=1, help="Simulate this many gangs of collectors.")] = 20,
    reporters: Annotated[int, typer.Option(min=10, help="Simulate this many reporters.")] = 1500,
) -> None:
    """Fill a running or new service with a simulated crowd, which is marked as simulated everywhere."""
    settings = start()
    from service.demo import fill
    from service.host.supervisor import running_database

    with running_database(settings):
        summary = asyncio.run(
            fill(
                settings, seed=seed, gangs=gangs, reporters=reporters, now=datetime.now(UTC), console=console
            )
        )
    console.print(
        f"{summary.stored:,} simulated reports of {summary.numbers:,} numbers were stored and scored."
    )
    for verdict, number in summary.examples:
        console.print(f"  {verdict:10} {number}")
