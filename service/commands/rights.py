"""Commands about data of people: `dunwatch privacy` prints the notice, `dunwatch purge` deletes what is too old."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from service.rights.store import Purged


def privacy(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as `/v1/privacy` returns it.")] = False,
) -> None:
    """Print the privacy notice, which lists every stored field with purpose, legal basis and retention."""
    settings = start()
    from service.rights.notice import as_markdown, privacy_notice

    notice = privacy_notice(settings)
    typer.echo(notice.model_dump_json(indent=2) if as_json else as_markdown(notice), nl=as_json)


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be deleted, and delete nothing.")
    ] = False,
) -> None:
    """Delete what is older than the retention settings, and print what was deleted by rule and table.

    Upkeep does the same once a day.
    """
    settings = start()
    from service.host.supervisor import running_database

    with running_database(settings):
        purged = asyncio.run(_purge(settings, dry_run=dry_run))
    for one in purged:
        typer.echo(f"{one.rule}\t{one.relation}\t{one.rows}")
    console.print(_told(purged, dry_run=dry_run))


def _told(purged: list["Purged"], *, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was deleted: this was a dry run."
    if any(one.rows for one in purged):
        return "The deletions were recorded in the table `purges`."
    return "There was nothing to delete."


async def _purge(settings: Settings, *, dry_run: bool) -> list["Purged"]:
    from service.database import open_database
    from service.rights.purge import count, purge

    database = open_database(settings)
    try:
        return await (count if dry_run else purge)(database, settings, datetime.now(UTC))
    finally:
        await database.close()
