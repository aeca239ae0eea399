"""Commands for people who help owners of numbers: `dunwatch dispute` proves control of a number and disputes for it."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from service.commands.desk import AsJsonText, Desk, ServiceUrl, TokenFile, show
from service.commands.options import AnyNumber, examples
from service.commands.process import console

app = typer.Typer(
    help="Dispute what is published about a number, for its owner (在服务台替机主提出异议).",
    no_args_is_help=True,
)
OWNER: Path = Path("owner.token")
DisputeId = Annotated[UUID, typer.Argument(help="The dispute's id, as `dunwatch dispute open` shows it.")]
Statement = Annotated[str, typer.Option(help="Record what the owner says (机主的说明).")]


@app.command(epilog=examples("dunwatch dispute code 19790001234"))
def code(number: AnyNumber, url: ServiceUrl = None) -> None:
    """Send a code to a number, and print the code's id.

    向该号码发送验证码，打印验证码编号。
    """
    from urllib.parse import quote

    from service.reports.reporters import solve_challenge

    desk = Desk.of(url, None)
    proof = solve_challenge(desk.get("/v1/reporters/challenge").json())
    path = f"/v1/numbers/{quote(number, safe='')}/owner-codes"
    sent = desk.send("POST", path, {"altcha": proof}).json()
    typer.echo(sent["code_id"])
    console.print(f"验证码有效至 / The code is valid until {sent['expires_at']}.")


@app.command(
    epilog=examples(
        "dunwatch dispute prove 19790001234 01a20bb9-96ba-714c-a689-27eda94db7a5 123456 > owner.token"
    )
)
def prove(
    number: AnyNumber,
    code_id: Annotated[UUID, typer.Argument(help="The code's id, as `dunwatch dispute code` shows it.")],
    digits: Annotated[str, typer.Argument(help="The six digits that were sent to the number.")],
    url: ServiceUrl = None,
) -> None:
    """Prove that the owner controls a number, and print the owner's token, which is shown only once.

    用验证码证明机主控制该号码，打印机主令牌（只显示一次）。
    """
    body = {"number": number, "code_id": str(code_id), "code": digits}
    typer.echo(Desk.of(url, None).send("POST", "/v1/owners", body).json()["token"])


@app.command(
    "open", epilog=examples('dunwatch dispute open recycled --statement "the number is mine since November"')
)
def open_new(
    reason: Annotated[
        str, typer.Argument(help="The reason, which is recycled, legitimate_business, never_called or other.")
    ],
    statement: Statement,
    new_facts: Annotated[
        str | None, typer.Option(help="Record what is new since a dispute was rejected (新的事实).")
    ] = None,
    token: TokenFile = OWNER,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Dispute what is published about the owner's number; a person decides by the day that is shown.

    对机主号码的公开信息提出异议；在显示的日期前由人工决定。
    """
    body = {"reason": reason, "statement": statement, "new_facts": new_facts}
    told = Desk.of(url, token).send("POST", "/v1/disputes", body).json()
    show(told, as_json, _line(told))


@app.command(epilog=examples('dunwatch dispute add 01a20bb9-96ba-714c-a689-27eda94db7a5 --statement "..."'))
def add(
    dispute: DisputeId,
    statement: Statement,
    token: TokenFile = OWNER,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Add to an open dispute.

    补充异议的说明。
    """
    told = Desk.of(url, token).send("PATCH", f"/v1/disputes/{dispute}", {"statement": statement}).json()
    show(told, as_json, _line(told))


@app.command("list", epilog=examples("dunwatch dispute list --token owner.token"))
def list_own(token: TokenFile = OWNER, url: ServiceUrl = None, as_json: AsJsonText = False) -> None:
    """List the owner's disputes, with how each was decided and why.

    列出机主的异议及其结果和理由。
    """
    told = Desk.of(url, token).get("/v1/disputes").json()
    show(told, as_json, *(_line(one) for one in told["disputes"]))


def _line(dispute: dict[str, Any]) -> str:
    why = dispute.get("explanation") or ""
    return f"{dispute['dispute_id']}  {dispute['state']}  {dispute['due_on']}  {why}".rstrip()
