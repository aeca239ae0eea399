"""Opens, extends, withdraws and decides disputes; the scorer publishes what follows within seconds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import orjson

from service.database import Connection
from service.days import CHINA
from service.decisions.decide import DecisionError, decide_number
from service.decisions.store import Decision
from service.disputes import store
from service.disputes.schemas import NewDispute
from service.disputes.store import DisputeRow, Owner
from service.edge.problems import (
    DISPUTE_CLOSED,
    DISPUTE_NOT_NEW,
    DISPUTE_OPEN,
    NOT_FOUND,
    OWNERSHIP_ENDED,
    TOO_MANY_DISPUTES,
    TOO_MANY_STATEMENTS,
    ProblemError,
)
from service.numbers.parse import parse_number
from service.reports.store import mark_changed
from service.secrets import KeyRing
from service.working_days import after_working_days

DUE_WITHIN: Final = 15  # working days; a choice, the law names no number
REST: Final = timedelta(days=90)  # after a rejection: until then a further dispute must state new facts
MOST_DISPUTES: Final = 3  # of one number, in one owner's time, within:
COUNTED: Final = timedelta(days=365)
MOST_STATEMENTS: Final = 20
#: The ends of a dispute in Chinese.
CLOSED_ZH: Final = {"withdrawn": "已撤回", "upheld": "异议成立", "rejected": "已驳回"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a person ends a dispute: upheld with a decision about the number, or rejected."""

    decision: str | None  # one of `service.decisions`; None: rejected
    explanation: str
    decided_by: str
    epoch_from: date | None


async def open_dispute(
    connection: Connection, keys: KeyRing, owner: Owner, new: NewDispute, now: datetime
) -> DisputeRow:
    """Store a dispute and queue its number for scoring; needs a transaction. Raises a problem.

    Somebody who had the number before its present owner can no longer dispute it, even with a token of that time.
    """
    if owner.ended_at is not None:
        raise ProblemError(OWNERSHIP_ENDED, since=owner.ended_at.astimezone(CHINA).date().isoformat())
    _check_allowed(await store.list_disputes_of_number(connection, owner.number), new, now)
    dispute = DisputeRow(
        number=owner.number,
        dispute_id=uuid4(),
        owner=owner.owner,
        kind=parse_number(owner.number).kind.value,
        reason=new.reason,
        brings_new=new.new_facts is not None,
        opened_at=now,
        due_on=after_working_days(now.astimezone(CHINA).date(), DUE_WITHIN).on,
        state="open",
        closed_at=None,
        explanation=None,
        decided_by=None,
    )
    await store.insert_dispute(connection, dispute)
    for text in (new.statement, new.new_facts):
        if text is not None:
            await _say(connection, keys, dispute, text, now=now)
    await _rescore(connection, dispute)
    return dispute


def _check_allowed(earlier: list[DisputeRow], new: NewDispute, now: datetime) -> None:
    """Raise a problem above the limits: control of a number proves control, not innocence."""
    if any(one.state == "open" for one in earlier):
        raise ProblemError(DISPUTE_OPEN)
    if len([one for one in earlier if one.opened_at > now - COUNTED]) >= MOST_DISPUTES:
        raise ProblemError(TOO_MANY_DISPUTES, limit=MOST_DISPUTES)
    resting = [
        one.closed_at + REST
        for one in earlier
        if one.state == "rejected" and one.closed_at is not None and one.closed_at + REST > now
    ]
    if resting and new.new_facts is None:
        raise ProblemError(DISPUTE_NOT_NEW, until=max(resting).astimezone(CHINA).date().isoformat())


async def add_statement(
    connection: Connection, keys: KeyRing, dispute: DisputeRow, text: str, *, now: datetime
) -> None:
    """Append what its owner says to an open dispute; needs a transaction. Raises a problem."""
    require_open(dispute)
    await _say(connection, keys, dispute, text, now=now)


async def withdraw_own_dispute(connection: Connection, dispute: DisputeRow, now: datetime) -> None:
    """End a dispute because its owner withdraws it; needs a transaction. Doing it twice is harmless."""
    if dispute.state == "withdrawn":
        return
    require_open(dispute)
    await store.close_dispute(connection, dispute, "withdrawn", now=now)
    await _rescore(connection, dispute)


async def settle_dispute(
    connection: Connection, dispute_id: UUID, outcome: Outcome, now: datetime
) -> DisputeRow:
    """End a dispute by a person's decision, which is also taken about the number if it is upheld; needs a transaction.

    Raises a problem, or DecisionError if the decision cannot be taken.
    """
    dispute = await store.fetch_dispute(connection, dispute_id, is_locked=True)
    if dispute is None:
        raise ProblemError(NOT_FOUND)
    require_open(dispute)
    await _check_outcome(connection, dispute, outcome)
    if outcome.decision is not None:
        decision = Decision(
            now, outcome.decision, outcome.explanation, outcome.decided_by, outcome.epoch_from
        )
        await decide_number(connection, parse_number(dispute.number), decision)
    state = "rejected" if outcome.decision is None else "upheld"
    await store.close_dispute(
        connection, dispute, state, now=now, explanation=outcome.explanation, decided_by=outcome.decided_by
    )
    await _rescore(connection, dispute)
    closed = await store.fetch_dispute(connection, dispute_id)
    if closed is None:
        raise LookupError(dispute_id)
    return closed


async def _check_outcome(connection: Connection, dispute: DisputeRow, outcome: Outcome) -> None:
    """Raise DecisionError for an outcome that contradicts itself or the time of the dispute."""
    if outcome.decision == "abusive":
        raise DecisionError(
            "异议成立时不能同时认定为违规",
            "an upheld dispute cannot find the number abusive at the same time",
        )
    if outcome.epoch_from is not None and outcome.epoch_from > await _controlled_on(connection, dispute):
        raise DecisionError(
            "新机主的起始日期不能晚于异议人证明控制号码的日期",
            "the new owner's first day must not be later than the day the disputing person proved control of the number",
        )
    if outcome.decision is None and outcome.epoch_from is not None:
        raise DecisionError(
            "驳回异议时不填写新机主的起始日期", "a rejected dispute must not name a new owner's first day"
        )


def unseal_statement(statement: store.StatementRow, keys: KeyRing, dispute_id: UUID) -> str | None:
    """Return what an owner said, decrypted for the owner and moderators; None once it was destroyed."""
    if statement.sealed is None:
        return None
    text: str = orjson.loads(keys.unseal(statement.sealed, dispute_id.bytes))
    return text


async def _controlled_on(connection: Connection, dispute: DisputeRow) -> date:
    """Return the day in China on which the disputing person proved control of the number."""
    owner = await store.fetch_owner(connection, dispute.owner) if dispute.owner is not None else None
    return (owner.created_at if owner else dispute.opened_at).astimezone(CHINA).date()


def require_open(dispute: DisputeRow) -> None:
    """Raise dispute_closed for a dispute that has ended."""
    if dispute.state != "open":
        raise ProblemError(DISPUTE_CLOSED, state=dispute.state, state_zh=CLOSED_ZH[dispute.state])


async def _say(
    connection: Connection, keys: KeyRing, dispute: DisputeRow, text: str, *, now: datetime
) -> None:
    sealed = keys.seal(orjson.dumps(text), dispute.dispute_id.bytes)
    if await store.insert_statement(connection, dispute, sealed, now=now, at_most=MOST_STATEMENTS) is None:
        raise ProblemError(TOO_MANY_STATEMENTS, limit=MOST_STATEMENTS)


async def _rescore(connection: Connection, dispute: DisputeRow) -> None:
    await mark_changed(connection, dispute.number, dispute.kind)
