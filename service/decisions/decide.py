"""Takes a person's decision about a number; its effects follow with the next run of the scorer."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ml.words import UNSCORED_KINDS
from service.database import Connection
from service.days import date_of, day_of
from service.decisions import store
from service.decisions.store import Decision
from service.numbers.parse import Number
from service.reports.store import mark_changed

if TYPE_CHECKING:
    from ml.people.reliability import Opinion

OPINIONS_OF = timedelta(days=180)
MOST_OPINIONS = 20_000
FORMER = (
    "该号码自{since}起由新机主使用，此前提出的异议不再处理。"
    "The number has had a new owner since {since}; earlier disputes are no longer pursued."
)


class DecisionKind(StrEnum):
    """The decisions that a person can take about a number."""

    ABUSIVE = "abusive"  # it is confirmed; its early reporters earn credit
    CLEARED = "cleared"  # it is not abusive; its reporters lose credit, and further reports do not list it
    PROTECTED = "protected"  # a verified line of an organisation: reports never list it
    RELEASED = "released"  # an earlier decision ends: reports count again
    RECYCLED = "recycled"  # it has a new owner: earlier reports no longer count


class DecisionError(ValueError):
    """A decision that cannot be taken; the message says why in English, `zh` in Chinese."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


class DecidedMeanwhileError(Exception):
    """Somebody decided after what a person was shown."""


async def require_newest(connection: Connection, number: Number, seen: datetime | None) -> None:
    """Raise DecidedMeanwhileError unless the newest decision about a number is of this moment, or there is none for None.

    Needs a transaction, in which nobody else decides from then on.
    """
    await store.lock_decisions(connection, number.key)
    decided = await store.list_decisions(connection, number.key)
    if (decided[-1].decided_at if decided else None) != seen:
        raise DecidedMeanwhileError


async def decide_number(connection: Connection, number: Number, decision: Decision) -> None:
    """Store a decision, queue its number for scoring and plan what its reporters earn; needs a transaction.

    Raises DecisionError. The verdict changes with the next run of the scorer, within a second.
    """
    if number.kind in UNSCORED_KINDS:
        raise DecisionError("这类号码没有结论", f"numbers of the kind {number.kind} have no verdict")
    _check_epoch(decision)
    if not decision.reason.strip() or not decision.decided_by.strip():
        raise DecisionError("须写明理由和裁定人", "a decision must name its reason and who decided")
    await store.lock_decisions(connection, number.key)
    await store.insert_decision(connection, number.key, number.kind, decision)
    await store.end_review(connection, number.key)
    if decision.epoch_from is not None:  # disputes of the earlier owner end
        explanation = FORMER.format(since=decision.epoch_from)
        await store.close_former_disputes(connection, number.key, decision, explanation=explanation)
    await mark_changed(connection, number.key, number.kind)
    if decision.decision != DecisionKind.RECYCLED:  # credit earned in the earlier owner's time stays
        await store.plan_settlement(connection, number.key, decision.decided_at)


async def read_opinions(connection: Connection, numbers: Sequence[str], now: datetime) -> "list[Opinion]":
    """Return what the reporters of these numbers say about them and about others, for `weigh_contested`.

    There are at most `MOST_OPINIONS`: first those about the numbers themselves, then the newest.
    """
    return await store.list_opinions(connection, numbers, now - OPINIONS_OF, at_most=MOST_OPINIONS)


def weigh_contested(opinions: "Sequence[Opinion]", numbers: Sequence[str]) -> dict[str, float]:
    """Return how probably each number with both opinions is abusive, judged by what its reporters say about others.

    This can take seconds of computing: run it in a thread, and release the database connection before.
    """
    sides: dict[str, set[bool]] = {}
    for opinion in opinions:
        sides.setdefault(opinion.number, set()).add(opinion.is_abusive)
    if all(len(said) < 2 for said in sides.values()):
        return {}
    from ml.people.reliability import weigh_opinions  # noqa: PLC0415  NumPy: for contested numbers only

    weighed = weigh_opinions(opinions).abusive_probability
    return {number: weighed[number] for number in numbers if len(sides.get(number, ())) == 2}


def _check_epoch(decision: Decision) -> None:
    if (decision.epoch_from is not None) != (decision.decision == DecisionKind.RECYCLED):
        raise DecisionError(
            "新机主的起始日期与 recycled 一起填写，其他裁定不填写",
            "`recycled` needs the first day of the new owner; other decisions must not name one",
        )
    today: date = date_of(day_of(decision.decided_at))
    if decision.epoch_from is not None and decision.epoch_from > today:
        raise DecisionError("新机主的起始日期在将来", "the new owner's first day must not be in the future")
