"""Commands about the master key of evidence: `dunwatch evidence change-key`, then `dunwatch evidence rewrap`."""

import asyncio

import typer

from service.commands.process import console, start

app = typer.Typer(help="Change the master key of evidence.", no_args_is_help=True)


@app.command("change-key")
def change_key() -> None:
    """Make a new master key; the one before stays beside it until everything is wrapped anew."""
    settings = start()
    from service.secrets import EVIDENCE, PREVIOUS_EVIDENCE, change_evidence_key, load_key_ring

    load_key_ring(settings.keys_dir)
    previous = settings.keys_dir / PREVIOUS_EVIDENCE
    try:
        change_evidence_key(settings.keys_dir)
    except FileExistsError as error:
        console.print(
            f"上一次更换尚未完成 / the last change is not finished: {previous}; see `dunwatch evidence rewrap`"
        )
        raise typer.Exit(2) from error
    console.print(f"{settings.keys_dir / EVIDENCE}: new; {previous}: the one before")
    console.print(
        "now copy both to every host, restart every process, then run `dunwatch evidence rewrap`; back both up"
    )


@app.command()
def rewrap() -> None:
    """Wrap the keys of all evidence under the present master key. Uploads and downloads go on meanwhile."""
    settings = start()
    from rich.progress import Progress

    from service.database import open_database
    from service.evidence.rewrap import Rewrapped
    from service.evidence.rewrap import rewrap as rewrap_all
    from service.host.supervisor import running_database
    from service.secrets import PREVIOUS_EVIDENCE, load_key_ring

    async def work() -> Rewrapped:
        database = open_database(settings)
        try:
            with Progress(console=console, transient=True) as bar:
                task = bar.add_task("evidence", total=None)
                return await rewrap_all(
                    database,
                    load_key_ring(settings.keys_dir),
                    lambda done: bar.update(task, completed=done),
                )
        finally:
            await database.close()

    with running_database(settings):
        done = asyncio.run(work())
    console.print(f"wrapped anew: {done.wrapped:,}   as it was: {done.unchanged:,}   lost: {done.lost:,}")
    if done.lost:
        console.print("no master key opens the lost ones: put the right key in place and run this again")
        raise typer.Exit(1)
    previous = settings.keys_dir / PREVIOUS_EVIDENCE
    if previous.exists():
        console.print(
            f"{previous} is needed no more once every process was restarted since the change and this says 0 wrapped anew"
        )
