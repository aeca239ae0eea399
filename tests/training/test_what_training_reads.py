"""Training reads of every day what scoring read on it: random days are lived through, then read again."""

from datetime import datetime, timedelta
from random import Random

import numpy as np
import pytest

from ml.bursts import outside_bursts
from ml.learning.complaints import examples_at
from ml.scripts import script_of
from ml.signals import Signals, compute_signals
from service.database import Connection
from service.days import midnight_of
from service.decisions.decide import decide_number
from service.decisions.store import Decision
from service.ids import new_id
from service.numbers.parse import parse_number
from service.reports import intake, store
from service.reports.store import NewReport, SupplementRow
from service.scoring.scorer import look_around
from service.scoring.store import list_known
from service.training.train import own_material
from tests.clients import Api, report_row

NUMBERS = [f"+86197900012{place:02}" for place in range(4)]
OUTSIDE = "+8619790991234"
TODAY = 20_000
DAYS = 40
START = TODAY - DAYS


class Crowd:
    """Reports, retracts, adds and decides at random; everything is repeatable."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self._connection = connection
        self._rng = Random(seed)
        self._made: list[NewReport] = []

    async def live(self, day: int) -> None:
        """One day, from eight in the morning on."""
        morning = midnight_of(day) + timedelta(hours=8)
        for minute in range(self._rng.randrange(6)):
            now = morning + timedelta(minutes=minute)
            step = self._rng.choices((self._report, self._retract, self._add, self._recycle), (12, 4, 4, 1))[
                0
            ]
            await step(now)

    async def _report(self, now: datetime) -> None:
        person = self._rng.randrange(5)
        called_at = now - timedelta(hours=self._rng.randrange(60), minutes=len(self._made))
        narrative = self._rng.choice((None, "每天打十几个电话骂人", "冒充律师说要起诉我"))
        row = report_row(
            self._rng.choice((*NUMBERS, OUTSIDE)),
            reporter=b"person%d" % person,
            cluster=person % 3,
            occurred_at=called_at,
            recorded_at=now,
            report_id=new_id(now),
            violations=self._rng.sample(("threat", "insult", "fraud"), self._rng.randrange(3)),
            opinion=self._rng.choices(("abusive", "legitimate"), (5, 1))[0],
            is_seasoned=person > 2,
            medium=self._rng.choice(("voice", "sms")),
            caller=self._rng.choice((None, "automated")),
            narrative=narrative,
            script=script_of(narrative or ""),
            weight=1.0 + person,
            relation=self._rng.choice((None, "third_party", "wrong_person")),
        )
        if await store.insert_reports(self._connection, [row], is_bulk=False):
            self._made.append(row)

    async def _retract(self, now: datetime) -> None:
        if self._made:
            row = self._made.pop(self._rng.randrange(len(self._made)))
            stored = await store.fetch_report(self._connection, row.reporter, row.report_id)
            assert stored
            await intake.retract(self._connection, stored, row.reporter, now)

    async def _add(self, now: datetime) -> None:
        if self._made:
            row = self._rng.choice(self._made)
            stored = await store.fetch_report(self._connection, row.reporter, row.report_id)
            assert stored
            supplement = SupplementRow(
                position=0,
                recorded_at=now,
                narrative="again",
                claimed_institution=None,
                violations=[self._rng.randrange(17)],
                sealed=None,
            )
            await intake.append_supplement(self._connection, stored, supplement, at_most=20)

    async def _recycle(self, now: datetime) -> None:
        number = parse_number(self._rng.choice(NUMBERS))
        await decide_number(
            self._connection, number, Decision(now, "recycled", "a new owner", "test", now.date())
        )


async def scored_on(connection: Connection, day: int) -> dict[str, Signals]:
    """The signals that a scorer works out at the end of a day."""
    known = await list_known(connection, NUMBERS)
    around = await look_around(connection, NUMBERS, midnight_of(day + 1) - timedelta(seconds=1))
    return {
        number: compute_signals(
            outside_bursts(one.rows, today=day)[0],
            kind="mobile",
            today=day,
            neighbours=around.neighbours_of(number),
        )
        for number, one in known.items()
        if one.rows
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_training_reads_what_scoring_read(api: Api, seed: int) -> None:
    lived: dict[int, dict[str, Signals]] = {}
    async with api.database.connection() as connection:
        crowd = Crowd(connection, seed)
        for day in range(START, TODAY):
            await crowd.live(day)
            lived[day] = await scored_on(connection, day)
    material = await own_material(api.database, midnight_of(TODAY), lambda _done: None)
    compared = 0
    for day, signals_of in lived.items():
        examples = examples_at(material.history, day + 1, horizon_days=1)
        for number, signals in zip(examples.numbers, examples.signals, strict=True):
            if number in signals_of:
                assert np.allclose(signals, signals_of[number], rtol=0.0, atol=1e-12), (day, number)
                compared += 1
    assert compared > DAYS
