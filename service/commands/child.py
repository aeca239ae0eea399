"""`python -m service.commands.child follow`: a process of `dunwatch serve`, without the commands that it does not need."""

import asyncio
import os
import secrets
from datetime import datetime
from typing import Annotated

import structlog
import typer

from service.commands import scoring, serving
from service.commands.process import run, start
from service.settings import Settings

log = structlog.get_logger()
app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
app.command()(serving.api)
app.command("answer-lookups")(serving.answer_lookups)
app.command()(serving.check)
app.command()(serving.follow)
app.command()(scoring.score)
app.command("export-worker")(serving.export_worker)
app.command()(serving.upkeep)


@app.command()
def find_campaigns(
    now: Annotated[
        datetime, typer.Argument(help="The time of the search.", formats=["%Y-%m-%dT%H:%M:%S.%f%z"])
    ],
) -> None:
    """Look for campaigns once; upkeep runs this in a process of its own."""
    settings = start(is_child=True)
    from service.database import DatabaseUnavailableError

    try:
        asyncio.run(_find_campaigns(settings, now))
    except DatabaseUnavailableError as error:
        log.warning("the database is unavailable; campaigns are looked for later", reason=str(error))
        raise typer.Exit(os.EX_TEMPFAIL) from error


async def _find_campaigns(settings: Settings, now: datetime) -> None:
    from service.campaigns.search import search_campaigns
    from service.database import open_database

    database = open_database(settings)
    try:
        found = await search_campaigns(database, now=now, random_bytes=secrets.token_bytes)
    finally:
        await database.close()
    if found is not None:
        log.info("the search for campaigns ended", **found._asdict())


if __name__ == "__main__":
    run(app)
