"""Commands about the master key of evidence: `dunwatch evidence change-key`, then `dunwatch evidence rewrap`."""

import asyncio
from typing import TYPE_CHECKING

import typer

from service.commands.process import console, start
from service.settings import Settings

if TYPE_CHECKING:
    from service.evidence.rewrap import Rewrapped

app = typer.Typer(help="Change the master key of evidence.", no_args_is_help=True)


@app.command("change-key")
def change_key() -> None:
    """Create a new master key; the previous one stays beside it until every evidence key is wrapped again."""
    settings = start()
    from service.secrets import EVIDENCE, PREVIOUS_EVIDENCE, change_evidence_key, load_key_ring

    load_key_ring(settings.keys_dir)
    previous = settings.keys_dir / PREVIOUS_EVIDENCE
    try:
        change_evidence_key(settings.keys_dir)
    except FileExistsError as error:
        console.print(
            f"上一次更换尚未完成 / The last change is not finished: {previous} exists. Run `dunwatch evidence rewrap`."
        )
        raise typer.Exit(2) from error
    console.print(f"New key: {settings.keys_dir / EVIDENCE}. Previous key: {previous}.")
    console.print(
        "Now copy both to every host, restart every process, and run `dunwatch evidence rewrap`. Back up both files."
    )


@app.command()
def rewrap() -> None:
    """Wrap the keys of all evidence with the current master key; uploads and downloads continue meanwhile."""
    settings = start()
    from service.host.supervisor import running_database
    from service.secrets import PREVIOUS_EVIDENCE

    with running_database(settings):
        done = asyncio.run(_rewrap(settings))
    console.print(f"Wrapped again: {done.wrapped:,}. Unchanged: {done.unchanged:,}. Lost: {done.lost:,}.")
    if done.lost:
        console.print("No master key opens the lost ones: put the right key in place and run this again.")
        raise typer.Exit(1)
    previous = settings.keys_dir / PREVIOUS_EVIDENCE
    if previous.exists():
        console.print(
            f"{previous} may be deleted once every process has restarted since the change "
            "and this command reports 0 wrapped again."
        )


async def _rewrap(settings: Settings) -> "Rewrapped":
    from rich.progress import Progress

    from service.database import open_database
    from service.evidence.rewrap import rewrap as rewrap_all
    from service.secrets import load_key_ring

    database = open_database(settings)
    try:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("wrapping evidence keys", total=None)
            keys = load_key_ring(settings.keys_dir)
            return await rewrap_all(database, keys, lambda done: bar.update(task, completed=done))
    finally:
        await database.close()
