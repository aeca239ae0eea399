"""Commands for people who help others file: `dunwatch case` gathers reports, makes papers and keeps track of filings."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from service.commands.desk import TOKEN, AsJsonText, Desk, ServiceUrl, TokenFile, both, show
from service.commands.options import examples
from service.commands.process import console

app = typer.Typer(
    help="Gather a person's reports into a case at a desk, and make its papers (在服务台替本人整理案卷和材料).",
    no_args_is_help=True,
)
CaseId = Annotated[UUID, typer.Argument(help="The case's id, as `dunwatch case open` shows it.")]
Reports = Annotated[list[UUID], typer.Argument(help="The ids of the person's reports.")]
Channel = Annotated[str, typer.Argument(help="The channel's id, as `dunwatch case show` lists it.")]
Party = Annotated[
    str | None, typer.Option(help="State what kind of party it is, as `dunwatch channels` lists them.")
]
PartyName = Annotated[
    str | None, typer.Option("--name", help="Name the party as the contract does (合同上的机构全称).")
]
Statement = Annotated[
    str | None, typer.Option(help="Record what happened, in the person's own words (本人陈述).")
]
Demand = Annotated[
    str | None, typer.Option(help="Record what the person demands, in their own words (本人的请求).")
]
Situation = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        help="Give the answer to a question of the case, such as relation=debtor; repeat it for several.",
    ),
]


@app.command("open", epilog=examples("dunwatch case open 01a20bb9-96ba-714c-a689-27eda94db7a5 --party bank"))
def open_new(
    reports: Reports,
    party: Party = None,
    name: PartyName = None,
    statement: Statement = None,
    demand: Demand = None,
    answer: Situation = None,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Create a case of the person's reports, and show where to turn.

    用本人的举报建立案卷，并显示可以向谁提交。
    """
    body = {"report_ids": [str(one) for one in reports], **_said(party, name, statement, demand, answer)}
    case = Desk.of(url, token).send("POST", "/v1/cases", body).json()
    show(case, as_json, *_lines(case))


@app.command("show", epilog=examples("dunwatch case show 01a20bb9-96ba-714c-a689-27eda94db7a5"))
def show_one(
    case: CaseId, token: TokenFile = TOKEN, url: ServiceUrl = None, as_json: AsJsonText = False
) -> None:
    """Show a case: where to turn, what is missing, what is due, and what agencies found.

    查看案卷：向谁提交、还缺什么、期限和核查结果。
    """
    told = Desk.of(url, token).get(f"/v1/cases/{case}").json()
    show(told, as_json, *_lines(told))


@app.command("list", epilog=examples("dunwatch case list --token li.token"))
def list_own(token: TokenFile = TOKEN, url: ServiceUrl = None, as_json: AsJsonText = False) -> None:
    """List the person's cases, the newest first.

    列出本人的案卷，最新的在前。
    """
    page = Desk.of(url, token).get("/v1/cases?limit=100").json()
    lines = [f"{one['case_id']}  {one['created_at']}  {one['next_due_on'] or '-'}" for one in page["cases"]]
    show(page, as_json, *lines)


@app.command(
    epilog=examples(
        "dunwatch case add 01a20bb9-96ba-714c-a689-27eda94db7a5 01a20bb9-96ba-714c-a689-27eda94db7a6"
    )
)
def add(
    case: CaseId,
    reports: Reports,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Add reports to a case; filings go on, and the next paper has the new calls.

    把新的举报加入案卷；已提交的照常进行，下一份材料包含新的来电。
    """
    body = {"report_ids": [str(one) for one in reports]}
    told = Desk.of(url, token).send("POST", f"/v1/cases/{case}/reports", body).json()
    show(told, as_json, *_lines(told))


@app.command(
    epilog=examples("dunwatch case change 01a20bb9-96ba-714c-a689-27eda94db7a5 --answer relation=debtor")
)
def change(
    case: CaseId,
    party: Party = None,
    name: PartyName = None,
    statement: Statement = None,
    demand: Demand = None,
    answer: Situation = None,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Change what a case says; party and answers replace the earlier ones as a whole.

    修改案卷内容；对方和情形的回答整体替换原来的。
    """
    body = _said(party, name, statement, demand, answer)
    told = Desk.of(url, token).send("PATCH", f"/v1/cases/{case}", body).json()
    show(told, as_json, *_lines(told))


@app.command(epilog=examples("dunwatch case package 01a20bb9-96ba-714c-a689-27eda94db7a5 police papers.zip"))
def package(
    case: CaseId,
    channel: Channel,
    file: Annotated[Path, typer.Argument(help="The file to create, which then holds the papers.")],
    agreed: Annotated[
        bool,
        typer.Option(
            "--agreed", help="State that the person has read the consent text and agrees (本人已同意)."
        ),
    ] = False,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
) -> None:
    """Write the papers for one channel into a new file, once the person has agreed to it.

    生成一个渠道的材料包；先由本人阅读同意书并同意。材料由本人提交。
    """
    desk = Desk.of(url, token)
    told = desk.get(f"/v1/cases/{case}").json()
    has_consent = any(one["channel"] == channel and one["has_consent"] for one in told["channels"])
    if not has_consent:
        text = told["consent_text"]
        console.print(f"{text['text']['zh']}\n\n{text['text']['en']}", markup=False)
        if not agreed and not typer.confirm("本人同意吗？ Does the person agree?", err=True):
            raise typer.Exit(1)
        body = {"channel": channel, "text_version": text["version"]}
        desk.send("POST", f"/v1/cases/{case}/consents", body)
    content = desk.get(f"/v1/cases/{case}/packages/{channel}").body
    with file.open("xb") as written:
        written.write(content)
    console.print(
        f"已写入 / {file} was written. 请由本人提交 / The person files it: README.txt says how.", markup=False
    )


@app.command(
    epilog=examples("dunwatch case record 01a20bb9-96ba-714c-a689-27eda94db7a5 police filed --on 2026-11-23")
)
def record(
    case: CaseId,
    channel: Channel,
    event: Annotated[
        str, typer.Argument(help="The event, which is filed, accepted, answered, rejected or the like.")
    ],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="State the day on which it happened; today by default."),
    ] = None,
    code: Annotated[str | None, typer.Option(help="Record the query code (查询码).")] = None,
    note: Annotated[str | None, typer.Option(help="Record a note (备注).")] = None,
    matter: Annotated[
        str | None, typer.Option(help="State what the police make of it: public_order or criminal.")
    ] = None,
    review: Annotated[str | None, typer.Option(help="Name the review that was asked for.")] = None,
    token: TokenFile = TOKEN,
    url: ServiceUrl = None,
    as_json: AsJsonText = False,
) -> None:
    """Record what became of a filing, and show what is due and what may be done next.

    记录提交后的结果，并显示期限和下一步。
    """
    body = {
        "event": event,
        "happened_on": on.date().isoformat() if on else None,
        "query_code": code,
        "note": note,
        "matter": matter,
        "review": review,
    }
    filing = Desk.of(url, token).send("POST", f"/v1/cases/{case}/filings/{channel}/events", body).json()
    show(filing, as_json, *_filing(filing))


def _said(
    party: str | None, name: str | None, statement: str | None, demand: str | None, answers: list[str] | None
) -> dict[str, object]:
    """Return what options say as the API takes it; end the command where an answer is none."""
    situation: dict[str, str] = {}
    for one in answers or ():
        question, is_answer, value = one.partition("=")
        if not is_answer:
            console.print(f"{one!r}: 请写成 问题=回答 / write it as question=answer.", markup=False)
            raise typer.Exit(2)
        situation[question] = value
    respondent = {"kind": party or "unknown", "name": name} if party or name else None
    return {
        "respondent": respondent,
        "statement": statement,
        "demand": demand,
        "situation": situation or None,
    }


def _lines(case: dict[str, Any]) -> list[str]:
    lines = [case["case_id"]]
    lines += [f"? {one['id']}: {both(one['asks'])}" for one in case["questions"]]
    for channel in case["channels"]:
        consented = "  已同意 / agreed" if channel["has_consent"] else ""
        lines.append(f"{channel['stage']:12} {channel['channel']:16} {both(channel['name'])}{consented}")
        lines += [f"    缺 / missing: {both(one['text'])}" for one in channel["missing"] if one["must"]]
    lines += [
        f"核查结果 / finding: {one['agency'] or '-'} {one['result']} {one['decided_on']} {one['note'] or ''}".rstrip()
        for one in case["findings"]
    ]
    return lines + [line for filing in case["filings"] for line in _filing(filing)]


def _filing(filing: dict[str, Any]) -> list[str]:
    lines = [f"{filing['channel']}: {filing['status']}"]
    lines += [f"  期限 / due {one['due_on']}: {both(one['due'])}" for one in filing["due"]]
    for one in filing["next"] or ():
        until = f" ({one['until']})" if one["until"] else ""
        lines.append(f"  下一步 / next: {both(one['what'])} — {both(one['where'])}{until}")
    return lines
