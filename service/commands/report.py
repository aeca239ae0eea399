"""Commands for people who help others report: `dunwatch report`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from service.commands.desk import TOKEN, WHEN, AsJsonText, Desk, ServiceUrl, TokenFile, in_china, show
from service.commands.options import AnyNumber, examples

app = typer.Typer(
    help="Record a person's reports at a desk, with that person's token (在服务台替本人录入举报).",
    no_args_is_help=True,
)
ReportId = Annotated[UUID, typer.Argument(help="The report's id, as `dunwatch report add` shows it.")]
Violations = Annotated[
    list[str] | None,
    typer.Option(
        "--violation",
        help="Name what was done, as `dunwatch rules list` does; repeat it for several (涉及行为).",
    ),
]


@app.command(
    epilog=examples('dunwatch report add 19790001234 --at "2026-11-20 23:05" --violation threat --said "..."')
)
def add(
    number: AnyNumber,
    at: Annotated[
        datetime,
        typer.Option(formats=WHEN, help="State when it happened, in China's time (发生时间（北京时间）)."),
    ],
    violation: Violations = None,
    said: Annotated[str | None, typer.Option(help="Record what was said and done (具体经过).")] = None,
    medium: Annotated[str, typer.Option(help="State what it was: voice, sms or other.")] = "voice",
    seconds: Annotated[
        int | None, typer.Option(min=0, help="State how long the call lasted, in seconds (通话秒数).")
    ] = None,
    answered: Annotated[
        bool | None,
        typer.Option("--answered/--unanswered", help="State whether the call was answered (是否接通)."),
    ] = None,
    caller: Annotated[
        str | None, typer.Option(help="State who called: human, automated or one_ring.")
    ] = None,
    relation: Annotated[
        str | None,
        typer.Option(help="State whose debt it is: debtor, third_party or wrong_person (本人与债务的关系)."),
    ] = None,
    institution: Annotated[
        str | None, typer.Option(help="Name whom the caller claimed to act for (对方自称的机构).")
    ] = None,
    called: Annotated[str | None, typer.Option(help="Record the called number (被叫号码).")] = None,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Report one call or message for the person whose token it is, and print the report's id.

    替本人录入一次来电或短信，打印举报编号。
    """
    stored = (
        Desk.of(url, token)
        .send(
            "POST",
            "/v1/reports",
            {
                "number": number,
                "occurred_at": in_china(at),
                "violations": violation or [],
                "narrative": said,
                "medium": medium,
                "duration_seconds": seconds,
                "connected": answered,
                "caller": caller,
                "relation": relation,
                "claimed_institution": institution,
                "callee": called,
            },
        )
        .json()
    )
    show(stored, as_json, stored["report_id"])


@app.command("list", epilog=examples("dunwatch report list --token li.token"))
def list_own(token: TokenFile = TOKEN, url: ServiceUrl = None, as_json: AsJsonText = False) -> None:
    """List the person's reports, the newest first.

    列出本人的举报，最新的在前。
    """
    page = Desk.of(url, token).get("/v1/reports?limit=100").json()
    show(page, as_json, *(_line(one) for one in page["reports"]))


@app.command("show", epilog=examples("dunwatch report show 01a20bb9-96ba-714c-a689-27eda94db7a5"))
def show_one(
    report: ReportId, token: TokenFile = TOKEN, url: ServiceUrl = None, as_json: AsJsonText = False
) -> None:
    """Show one of the person's reports, with what agencies found out about it.

    查看一条举报，包括有关机关的核查结果。
    """
    told = Desk.of(url, token).get(f"/v1/reports/{report}").json()
    found = [
        f"  核查结果 / finding: {one['agency'] or '-'} {one['result']} {one['decided_on']} {one['note'] or ''}".rstrip()
        for one in told["findings"]
    ]
    show(told, as_json, _line(told), *found)


def _line(report: dict[str, Any]) -> str:
    gone = "  已撤回 / retracted" if report["retracted_at"] else ""
    done = ",".join(report["violations"]) or "-"
    when = report["occurred_at"] if report["time_known"] else report["occurred_at"][:10]
    return f"{report['report_id']}  {when}  {report['number']}  {done}{gone}"
