"""What is in order, what needs somebody, and which command is named."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.main import get_command

from service.cli import app
from service.operations import judge
from service.operations.schemas import Part
from service.operations.store import QueueRow

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
ALL = [
    *judge.judged_chores({}, NOW),
    judge.judged_ledger("entry 3 was altered", NOW),
    judge.judged_replica(is_ready=False, is_stale=True, age_seconds=0, now=NOW),
    judge.judged_replica(is_ready=True, is_stale=True, age_seconds=61.7, now=NOW),
    judge.judged_model(None),
    judge.judged_database("away"),
    judge.judged_database("refused"),
]


@pytest.mark.parametrize("queue", judge.QUEUES)
def test_a_queue_needs_somebody_once_its_oldest_is_older_than_in_order(queue: str) -> None:
    limit = judge.QUEUES[queue].in_order
    for age, state in ((None, "ok"), (limit, "ok"), (limit + timedelta(seconds=1), "attention")):
        row = QueueRow(queue, 0 if age is None else 3, None if age is None else NOW - age)
        judged = judge.judged_queue(row, NOW)
        assert (judged.state, judged.age_seconds) == (state, None if age is None else age.total_seconds())
    assert judge.judged_queue(QueueRow(queue, 1, NOW + timedelta(seconds=9)), NOW).age_seconds == 0


def test_a_dispute_past_its_day_needs_somebody_however_young_the_others_are() -> None:
    assert judge.judged_queue(QueueRow("disputes", 1, NOW), NOW, overdue=1).state == "attention"
    assert judge.judged_queue(QueueRow("disputes", 1, NOW), NOW, overdue=0).state == "ok"


@pytest.mark.parametrize("part", ALL, ids=lambda part: part.name + "-" + part.state)
def test_what_is_not_in_order_says_what_to_do(part: Part) -> None:
    assert part.state in ("attention", "wrong")
    assert part.mend is not None
    assert part.command is not None


@pytest.mark.parametrize(
    "command", [*{part.command for part in ALL}, *{one.command for one in judge.QUEUES.values()}]
)
def test_the_commands_that_are_named_exist(command: str) -> None:
    program, *words = command.split()
    assert program == "dunwatch"
    known = get_command(app)
    for word in words:
        if word.startswith("--"):
            assert any(word in option.opts for option in known.params), command
        elif hasattr(known, "commands") and known.commands:
            known = known.commands[word]


def test_chores_are_judged_by_when_they_were_begun() -> None:
    begun = {"measure": NOW, "purge": NOW - timedelta(hours=25), "backup": NOW - timedelta(days=3)}
    assert {part.name: part.state for part in judge.judged_chores(begun, NOW)} == {
        "upkeep": "ok",
        "purge": "ok",
        "backup": "attention",
    }


def test_those_that_need_somebody_come_first() -> None:
    states = [part.state for part in judge.in_order([judge.judged_model("m"), *ALL])]
    assert states == sorted(states, key=("wrong", "attention", "unknown", "ok").index)
