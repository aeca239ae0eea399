"""Judges what was found: which queue is late, which part needs somebody, and which command mends it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.operations.schemas import Part, Queue, Severity
from service.operations.store import QueueRow
from service.rules.facts import Text


class _Kind(NamedTuple):
    """A queue: what waits there, for how long that is in order, and the command about it."""

    title: Text
    in_order: timedelta
    command: str


QUEUES: Final[Mapping[str, _Kind]] = {
    "scoring": _Kind(
        Text(zh="等待评分的号码", en="Numbers that wait for a verdict"),
        timedelta(minutes=5),
        "dunwatch score --watch",
    ),
    "approvals": _Kind(
        Text(zh="等待批准的导出", en="Exports that wait for approval"),
        timedelta(days=3),
        "dunwatch exports list",
    ),
    "exports": _Kind(
        Text(zh="等待写出的导出", en="Approved exports that are to be written"),
        timedelta(hours=1),
        "dunwatch export-worker",
    ),
    "disputes": _Kind(
        Text(zh="等待处理的机主异议", en="Disputes of owners that wait for a person"),
        timedelta(days=30),
        "dunwatch disputes list",
    ),
    "reviews": _Kind(
        Text(zh="等待人工复核的号码", en="Numbers that wait for a person's decision"),
        timedelta(days=7),
        "dunwatch reviews",
    ),
    "settlements": _Kind(
        Text(zh="等待结算的号码", en="Numbers whose reporters are to be settled"),
        timedelta(hours=1),
        "dunwatch upkeep --once",
    ),
    "webhooks": _Kind(
        Text(zh="等待发送的提醒消息", en="Messages to webhooks that are to be sent"),
        timedelta(minutes=15),
        "dunwatch upkeep",
    ),
    "reminders": _Kind(
        Text(zh="到时间未处理的提醒", en="Reminders whose time has come"),
        timedelta(minutes=10),
        "dunwatch upkeep --once",
    ),
}
UPKEEP_SECONDS: Final = timedelta(minutes=5)  # its chores of every minute were begun within that time
PURGE_EVERY: Final = timedelta(hours=26)  # it is due once a day
BACKUP_EVERY: Final = timedelta(days=2)
_ORDER: Final[Mapping[Severity, int]] = {"wrong": 0, "attention": 1, "unknown": 2, "ok": 3}


def judged_queue(row: QueueRow, now: datetime, *, overdue: int | None = None) -> Queue:
    """Return a queue with the age of its oldest entry; it needs somebody if that is older than in order, or overdue."""
    kind = QUEUES[row.queue]
    age = max(timedelta(), now - row.oldest_at) if row.oldest_at else None
    is_late = bool(overdue) or (age is not None and age > kind.in_order)
    return Queue(
        name=row.queue,
        title=kind.title,
        waiting=row.waiting,
        oldest_at=row.oldest_at,
        age_seconds=int(age.total_seconds()) if age is not None else None,
        overdue=overdue,
        state="attention" if is_late else "ok",
        command=kind.command,
    )


def judged_chores(begun: Mapping[str, datetime], now: datetime) -> list[Part]:
    """Return whether upkeep runs, purges are done, and there is a backup that is not old."""
    return [
        _judged_time(
            "upkeep",
            max((begun[name] for name in ("measure", "remind", "forget") if name in begun), default=None),
            now - UPKEEP_SECONDS,
            late=Text(
                zh="定期任务没有运行", en="Upkeep does not run: nothing that falls due with time is done."
            ),
            mend=Text(
                zh="启动 dunwatch upkeep（dunwatch serve 已包含）。",
                en="Start it; `dunwatch serve` includes it.",
            ),
            command="dunwatch upkeep",
        ),
        _judged_time(
            "purge",
            begun.get("purge"),
            now - PURGE_EVERY,
            late=Text(zh="到期数据没有清除", en="Data past its retention period was not purged for a day."),
            mend=Text(
                zh="看会清除什么，再执行。", en="See what would be removed, then run it without --dry-run."
            ),
            command="dunwatch purge --dry-run",
        ),
        _judged_time(
            "backup",
            begun.get("backup"),
            now - BACKUP_EVERY,
            late=Text(zh="两天内没有备份", en="No backup was made within two days."),
            mend=Text(
                zh="备份到另一块磁盘，密钥另存。", en="Back up to another disk, with the keys elsewhere."
            ),
            command="dunwatch backup DIRECTORY --keys KEYS",
        ),
    ]


def judged_ledger(altered: str | None, looked_at: datetime) -> Part:
    """Return whether the ledger is as it was signed."""
    if altered is None:
        return Part(
            name="ledger",
            state="ok",
            text=Text(zh="台账与签名一致", en="The ledger is as it was signed."),
            since=looked_at,
            command="dunwatch log DIRECTORY",
        )
    return Part(
        name="ledger",
        state="wrong",
        text=Text(zh=f"台账与签名不符：{altered}", en=f"The ledger differs from what was signed: {altered}."),
        since=looked_at,
        command="dunwatch log DIRECTORY",
        mend=Text(
            zh="不要改动数据库，与接收机构保存的检查点核对。",
            en="Leave the database as it is and compare it with the agencies' notes.",
        ),
    )


def judged_replica(*, is_ready: bool, is_stale: bool, age_seconds: float, now: datetime) -> Part:
    """Return whether look-ups are answered, and from how old a replica."""
    if not is_ready:
        return Part(
            name="replica",
            state="wrong",
            text=Text(
                zh="没有可读的副本，无法查号", en="There is no readable replica: look-ups are refused."
            ),
            command="dunwatch follow",
            mend=Text(zh="启动跟随进程，它会重建副本。", en="Start the follower, which builds one."),
        )
    seconds = int(age_seconds)
    return Part(
        name="replica",
        state="attention" if is_stale else "ok",
        text=Text(zh=f"副本的数据是 {seconds} 秒前的", en=f"The replica is {seconds} s old."),
        since=now - timedelta(seconds=seconds),
        command="dunwatch follow",
        mend=Text(zh="检查数据库和跟随进程。", en="Check that the database and the follower run.")
        if is_stale
        else None,
    )


def judged_model(version: str | None) -> Part:
    """Return whether a model scores numbers."""
    if version is not None:
        text = Text(zh=f"正在使用模型 {version}", en=f"The model {version} is in use.")
        return Part(name="model", state="ok", text=text, command="dunwatch models list")
    return Part(
        name="model",
        state="wrong",
        text=Text(zh="没有可用的模型，新结论要等待", en="No model can be used: new verdicts wait."),
        command="dunwatch models list",
        mend=Text(
            zh="回到之前的模型：dunwatch models rollback。",
            en="Return to the one before: `dunwatch models rollback`.",
        ),
    )


def judged_database(state: str) -> Part:
    """Return whether the database is `ok`, `away`, or `refused`: it answers and takes no writes."""
    if state == "ok":
        text = Text(zh="数据库正常", en="The database answers and takes writes.")
        return Part(name="database", state="ok", text=text)
    if state == "refused":
        text = Text(zh="数据库可读但不可写", en="The database answers and takes no writes.")
        mend = Text(
            zh="检查磁盘空间，以及它是否是只读副本。",
            en="Check the disk, and whether it is a read-only standby.",
        )
    else:
        text = Text(zh="数据库没有应答", en="The database does not answer.")
        mend = Text(
            zh="恢复 PostgreSQL；已确认的举报不会丢失。",
            en="Bring PostgreSQL back; no acknowledged report is lost.",
        )
    return Part(name="database", state="wrong", text=text, mend=mend, command="dunwatch serve")


def what_works(*, lookups: bool, database: str) -> list[Text]:
    """Return what people can do: each part of the service works by itself."""
    told = []
    if lookups:
        told.append(Text(zh="查询号码", en="Look-ups are answered."))
    told.append(Text(zh="查规则和渠道，知道去哪里投诉", en="Rules, channels and where to turn are shown."))
    if database == "ok":
        told.append(
            Text(
                zh="举报、证据、案卷、异议、导出",
                en="Reports, evidence, cases, disputes and exports are taken.",
            )
        )
    elif database == "refused":
        told.append(Text(zh="查看自己的举报和案卷", en="People can read their own reports and cases."))
    return told


def in_order(parts: Sequence[Part]) -> list[Part]:
    """Return parts with those first that need somebody."""
    return sorted(parts, key=lambda part: _ORDER[part.state])


def _judged_time(
    name: str, last: datetime | None, since: datetime, *, late: Text, mend: Text, command: str
) -> Part:
    if last is not None and last >= since:
        text = Text(
            zh=f"上次：{last:%Y-%m-%d %H:%M} UTC", en=f"It was done last at {last:%Y-%m-%d %H:%M} UTC."
        )
        return Part(name=name, state="ok", text=text, since=last, command=command)
    return Part(name=name, state="attention", text=late, since=last, command=command, mend=mend)
