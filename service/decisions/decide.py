"""Takes a person's decision about a number; everything that follows from it happens in due course."""

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
    "The number is a new owner's since {since}; what was disputed before is not pursued."
)


class DecisionKind(StrEnum):
    """What a person can decide about a number."""

    ABUSIVE = "abusive"  # it is confirmed; its early reporters earn credit
    CLEARED = "cleared"  # it is not; whoever reported it is blamed, and further reports list it no more
    PROTECTED = "protected"  # a verified line of an organisation: reports never list it
    RELEASED = "released"  # back to what the reports say, after a decision that no longer holds
    RECYCLED = "recycled"  # it has a new owner: what was reported before says nothing any more


class DecisionError(ValueError):
    """A decision that cannot be taken; the message says why, `zh` in Chinese."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


async def decide(connection: Connection, number: Number, decision: Decision) -> None:
    """Store a decision, score its number anew and settle what its reporters earn; needs a transaction.

    Raises DecisionError. The verdict changes with the next run of the scorer, within a second.
    """
    if number.kind in UNSCORED_KINDS:
        raise DecisionError("这类号码没有结论", f"numbers of the kind {number.kind} have no verdict")
    _check_epoch(decision)
    if not decision.reason.strip() or not decision.decided_by.strip():
        raise DecisionError("须写明理由和裁定人", "a decision names its reason and who decided")
    await store.insert_decision(connection, number.key, number.kind, decision)
    await store.end_review(connection, number.key)
    if decision.epoch_from is not None:  # who had it before has no say any more
        explanation = FORMER.format(since=decision.epoch_from)
        await store.close_former_disputes(connection, number.key, decision, explanation=explanation)
    await mark_changed(connection, number.key, number.kind)
    if decision.decision != DecisionKind.RECYCLED:  # what was earned under the earlier owner stays earned
        await store.plan_settlement(connection, number.key, decision.decided_at)


async def read_opinions(connection: Connection, numbers: Sequence[str], now: datetime) -> "list[Opinion]":
    """What `weigh_contested` takes: what the reporters of these numbers say of them and of others.

    At most `MOST_OPINIONS`: those about the numbers themselves first, then the newest.
    """
    return await store.list_opinions(connection, numbers, now - OPINIONS_OF, at_most=MOST_OPINIONS)


def weigh_contested(opinions: "Sequence[Opinion]", numbers: Sequence[str]) -> dict[str, float]:
    """How probably each number of which both opinions exist is abusive, by who said which of what else.

    Takes up to seconds of computing: an event loop leaves it to a thread, and gives its connection back before.
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
            "the first day of a new owner is given for `recycled`, and for that alone",
        )
    today: date = date_of(day_of(decision.decided_at))
    if decision.epoch_from is not None and decision.epoch_from > today:
        raise DecisionError("新机主的起始日期在将来", "the new owner's first day lies in the future")
