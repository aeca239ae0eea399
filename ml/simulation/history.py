"""A world lived through day by day: reports weigh by standing, verdicts appear, truths become known, standing grows.

Weights, clusters, bursts, trust and verdicts come from the code that serves. The classifier is assumed to consent to
everything, so that only the crowd's gate is measured.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from ml.bursts import HELD_DAYS, assess_outside_bursts
from ml.day_rows import DayRow
from ml.people.clusters import ReportTime, link_reporters
from ml.people.standing import FirstReport, Standing, Truth, recent_numbers, settle_claims
from ml.simulation.world import DAY_SECONDS, World, WorldNumber, WorldReport
from ml.trust import Thresholds, decide
from ml.words import PUBLISHED, Verdict

KIND: Final = "mobile"
CONSENT: Final = 1.0  # probability of a classifier that consents to everything
ADJUDICATED_AFTER_DAYS: Final = 21
SETTLED_AFTER_DAYS: Final = 14  # in which further reports can bear a verdict out
DISPUTED_AFTER_DAYS: Final = 7

_NO_REPORTS: Final = DayRow(day=0, cluster=0, reports=0, reporters=0)

Task = Literal["score", "settle", "adjudicate", "dispute"]


@dataclass(slots=True)
class NumberState:
    """What the service knows about one number, and what it concluded; times are in days since the world began."""

    number: WorldNumber
    rows: dict[tuple[int, int], DayRow] = field(default_factory=dict)  # by day and cluster
    claims: list[FirstReport] = field(default_factory=list)
    honest_reports: int = 0
    verdict: Verdict = Verdict.UNKNOWN
    visible_at: float | None = None  # when a verdict was first published
    confirmed_at: float | None = None
    earned: dict[int, Standing] = field(default_factory=dict)  # by person, from the latest settlement


@dataclass(slots=True)
class LivedWorld:
    """What became of a world."""

    world: World
    clusters: dict[int, int]  # by person
    standings: defaultdict[int, Standing]  # by person
    states: dict[int, NumberState]  # by number, for the numbers that were reported
    honest_evidence: list[tuple[float, bool]] = field(default_factory=list)
    """Weight of each honest report in the measured days, and whether its reporter is seasoned."""

    def measured(self) -> list[NumberState]:
        """Return the numbers that were first used after the burn-in."""
        return [
            state for state in self.states.values() if state.number.first_day >= self.world.plan.burn_in_days
        ]


def live_through(world: World, rng: Random, thresholds: Thresholds | None = None) -> LivedWorld:
    """Return what becomes of a world; `rng` draws which numbers are adjudicated and disputed."""
    contacts = (
        ReportTime(filing.number, filing.person, int(filing.at * DAY_SECONDS)) for filing in world.filings
    )
    clusters = link_reporters(world.accounts, contacts)
    history = LivedWorld(world, clusters, defaultdict(Standing), {})
    _Life(history, rng, thresholds or Thresholds()).run()
    return history


def add_report(
    rows: dict[tuple[int, int], DayRow],
    *,
    day: int,
    cluster: int,
    weight: float,
    seasoned: bool,
    abusive: bool = True,
) -> None:
    """Add one reporter's first report of a number to the number's rows, which are by day and cluster."""
    row = rows.get((day, cluster)) or _NO_REPORTS._replace(day=day, cluster=cluster)
    side = f"{'seasoned' if seasoned else 'fresh'}_{'for' if abusive else 'against'}"
    rows[day, cluster] = row._replace(
        reports=row.reports + 1,
        reporters=row.reporters + 1,
        legitimate=row.legitimate + (not abusive),
        **{side: getattr(row, side) + weight},
    )


class _Life:
    """The run of one world through its days."""

    def __init__(self, history: LivedWorld, rng: Random, thresholds: Thresholds) -> None:
        self._history, self._rng, self._thresholds = history, rng, thresholds
        self._plan = history.world.plan
        self._agenda: defaultdict[int, list[tuple[Task, int]]] = defaultdict(list)
        self._reported_at: defaultdict[int, list[float]] = defaultdict(list)  # by person

    def run(self) -> None:
        """Do the tasks of each day, then take its reports."""
        filings = iter(self._history.world.filings)
        filing = next(filings, None)
        for day in range(self._plan.days):
            for task, number in self._agenda.pop(day, ()):
                self._do(task, self._history.states[number], day)
            while filing is not None and filing.at < day + 1:
                self._take(filing)
                filing = next(filings, None)

    def _take(self, filing: WorldReport) -> None:
        """Store a report with the weight of its reporter at this time, and score its number."""
        history, day = self._history, int(filing.at)
        state = history.states.get(filing.number)
        if state is None:
            state = NumberState(history.world.numbers[filing.number])
            history.states[filing.number] = state
            if self._rng.random() < self._plan.adjudicated:
                self._agenda[day + ADJUDICATED_AFTER_DAYS].append(("adjudicate", filing.number))
        if state.verdict == Verdict.CLEARED:
            return
        earlier = self._reported_at[filing.person]
        standing = history.standings[filing.person]
        recent = recent_numbers(earlier, filing.at)
        earlier.append(filing.at)
        person = history.world.people[filing.person]
        seasoned = standing.is_seasoned(account_days=filing.at - person.joined_day)
        weight = standing.weight(recent_numbers=recent) * filing.evidence
        if not person.is_hostile:
            state.honest_reports += 1
            if day >= self._plan.burn_in_days:
                history.honest_evidence.append((weight, seasoned))
        cluster = history.clusters[filing.person]
        add_report(
            state.rows, day=day, cluster=cluster, weight=weight, seasoned=seasoned, abusive=filing.abusive
        )
        state.claims.append(FirstReport(filing.person, cluster, filing.at, filing.abusive))
        if len(state.claims) > 1:  # one report alone stays at 0.528, below every threshold
            self._score(state, filing.at)

    def _score(self, state: NumberState, at: float) -> None:
        """Decide again; a confirmed number is not decided again, since these histories are shorter than its decay."""
        if state.verdict in (Verdict.CONFIRMED, Verdict.CLEARED):
            return
        day, index, rows = int(at), state.number.place, list(state.rows.values())
        trust, burst_day = assess_outside_bursts(rows, kind=KIND, today=day)
        state.verdict = decide(trust, CONSENT, self._thresholds, previous=state.verdict, kind=KIND)
        if state.verdict in PUBLISHED and state.visible_at is None:
            state.visible_at = at
            if not state.number.is_abusive and self._rng.random() < self._plan.disputed:
                self._agenda[day + DISPUTED_AFTER_DAYS].append(("dispute", index))
        if state.verdict == Verdict.CONFIRMED:
            state.confirmed_at = at
            self._agenda[day + SETTLED_AFTER_DAYS].append(("settle", index))
        elif burst_day is not None:
            self._agenda[burst_day + HELD_DAYS + 1].append(("score", index))

    def _do(self, task: Task, state: NumberState, day: int) -> None:
        """Do one task of the agenda; adjudications concern only numbers with two or more claims."""
        if task == "score":
            self._score(state, day)
        elif task == "settle":
            if state.verdict == Verdict.CONFIRMED and not state.earned:
                self._settle(state, Truth.CROWD_CONFIRMED, day)
        elif task == "dispute" or len(state.claims) > 1:
            if state.number.is_abusive:
                self._settle(state, Truth.ADJUDICATED_ABUSIVE, day)
            else:
                state.verdict = Verdict.CLEARED
                self._settle(state, Truth.OVERTURNED, day)

    def _settle(self, state: NumberState, truth: Truth, day: int) -> None:
        """Give each reporter what the number earns now, instead of what it earned before."""
        standings = self._history.standings
        for person, earlier in state.earned.items():
            standings[person] = standings[person].plus(earlier.negated())
        rows = list(state.rows.values())
        state.earned = settle_claims(
            state.claims, truth, visible_at=state.visible_at, rows=rows, kind=KIND, today=day
        )
        for person, earned in state.earned.items():
            standings[person] = standings[person].plus(earned)
