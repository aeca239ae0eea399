"""Commands about evidence: attaching it for somebody at a desk, and changing its master key (change-key, then rewrap)."""

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.desk import TOKEN, WHEN, AsJsonText, Desk, ServiceUrl, TokenFile, in_china, show
from service.commands.options import examples
from service.commands.process import console, start
from service.commands.report import ReportId
from service.settings import Settings

if TYPE_CHECKING:
    from service.evidence.rewrap import Rewrapped

app = typer.Typer(
    help="Attach evidence to a person's reports at a desk, and change its master key (替本人补充证据；更换主密钥).",
    no_args_is_help=True,
)


@app.command(
    epilog=examples(
        'dunwatch evidence add 01a20bb9-96ba-714c-a689-27eda94db7a5 call.mp3 --caption "the threat"'
    )
)
def add(
    report: ReportId,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The original file, which is sent as it is.")
    ],
    caption: Annotated[
        str | None, typer.Option(help="State in the person's own words what it shows (证据说明).")
    ] = None,
    made_at: Annotated[
        datetime | None,
        typer.Option(formats=WHEN, help="State when it was made, in China's time (形成时间)."),
    ] = None,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
) -> None:
    """Attach a file to a report, part by part, and print the id of the piece of evidence.

    为举报补充证据，分段上传原件，打印证据编号。请勿剪辑或转换原件。
    """
    desk = Desk.of(url, token)
    with file.open("rb") as original:
        digest = hashlib.file_digest(original, "sha256").hexdigest()
        begun = {
            "size": file.stat().st_size,
            "sha256": digest,
            "file_name": file.name[-200:],
            "caption": caption,
            "made_at": in_china(made_at),
        }
        state = desk.send("POST", f"/v1/reports/{report}/uploads", begun).json()
        path = f"/v1/reports/{report}/uploads/{state['upload_id']}"
        while state["evidence_id"] is None:
            original.seek(state["received"])
            state = desk.send_part(path, original.read(state["part_bytes"]), state["received"]).json()
    typer.echo(state["evidence_id"])
    if (log := state["call_log"]) is not None:
        console.print(f"计入 / counted: {log['counted']}. 读不出的行 / rows not read: {log['unread_rows']}.")
        for one in log["unread"]:
            console.print(f"  {one['line']}: {one['zh']} / {one['en']}", markup=False)


@app.command("list", epilog=examples("dunwatch evidence list 01a20bb9-96ba-714c-a689-27eda94db7a5"))
def list_own(
    report: ReportId, token: TokenFile = TOKEN, url: ServiceUrl = None, as_json: AsJsonText = False
) -> None:
    """List the evidence of a report, with captions, times and digests.

    列出一条举报的证据：说明、时间和摘要值。
    """
    told = Desk.of(url, token).get(f"/v1/reports/{report}/evidence").json()
    lines = [
        f"{one['evidence_id']}  {one['media_type']}  {one['size']}  {one['made_at'] or '-'}  {one['caption'] or '-'}\n"
        f"    SHA-256 {one['sha256']}"
        for one in told["evidence"]
    ]
    show(told, as_json, *lines)


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
