"""What collectors do about verdicts on their numbers: talk them away, take reports back, give numbers up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random
from typing import Final

from ml.day_rows import DayRow
from ml.people.standing import Standing
from ml.simulation.attack_grid import Cell, Seed, Share, judge, listed
from ml.simulation.history import CONSENT, KIND, NumberState, add_report
from ml.simulation.world import LIFETIME_DAYS
from ml.trust import BARE_LOG, Thresholds, assess_trust, decide
from ml.words import PUBLISHED, Verdict

WHITEWASHERS: Final = 200  # fresh accounts, each on its own network
AGED_CLUSTERS: Final = 10
REISSUED_AFTER_DAYS: Final = (30, 60, 90, 120, 180)
ROTATED_AFTER_REPORTS: Final = (1, 2, 3, 4, 6, 10)

Rows = dict[tuple[int, int], DayRow]


def whitewash(seed: Seed) -> Iterator[Cell]:
    """Confirmed numbers, on the day of their last report, when collectors set about getting them removed."""
    rng = seed.random("whitewash")
    states = _confirmed(seed)
    means: dict[str, Callable[[Rows], Rows]] = {
        f"{WHITEWASHERS} fresh accounts call it legitimate": lambda rows: _opposed(
            rows, WHITEWASHERS, Standing()
        ),
        f"{AGED_CLUSTERS} aged clusters call it legitimate": lambda rows: _opposed(
            rows, AGED_CLUSTERS, Standing(confirmed=10)
        ),
        "half of its reporters take theirs back": lambda rows: _without(rows, rng, share=0.5),
        "all but one take theirs back, the rest is called legitimate": lambda rows: _opposed(
            _without(rows, rng, share=1.0), AGED_CLUSTERS, Standing(confirmed=10)
        ),
    }
    for setting, washed in means.items():
        removed = sum(
            _verdict(washed(state.rows), day=_last_day(state.rows), thresholds=seed.thresholds)
            != Verdict.CONFIRMED
            for state in states
        )
        yield Cell("whitewash", setting, {"removed": Share(removed, len(states))})


def recycled(seed: Seed) -> Iterator[Cell]:
    """Confirmed numbers that nobody reports any more, and then one honest person, of their next owner."""
    rng = seed.random("recycled")
    states = _confirmed(seed)
    for days in REISSUED_AFTER_DAYS:
        left = [
            _verdict(state.rows, day=_last_day(state.rows) + days, thresholds=seed.thresholds)
            for state in states
        ]
        stray = []
        for state, verdict in zip(states, left, strict=True):
            day = _last_day(state.rows) + days
            rows = dict(state.rows)
            weight, seasoned = rng.choice(seed.peaceful.honest_evidence)
            add_report(rows, day=day, cluster=-1, weight=weight, seasoned=seasoned)
            stray.append(_verdict(rows, day=day, thresholds=seed.thresholds, previous=verdict))
        yield Cell(
            "recycled",
            f"{days} days after the last report",
            {
                "confirmed": Share(left.count(Verdict.CONFIRMED), len(left)),
                "listed": Share(sum(verdict in PUBLISHED for verdict in left), len(left)),
                "listed after one more report": Share(
                    sum(verdict in PUBLISHED for verdict in stray), len(stray)
                ),
            },
        )


def rotation(seed: Seed) -> Iterator[Cell]:
    """A collector who drops each number of a block after so many reports, and a neighbour reported by mistake."""
    rng = seed.random("rotation")
    evidence = seed.peaceful.honest_evidence
    for reports in ROTATED_AFTER_REPORTS:
        judged = []
        for _ in range(seed.targets):
            rows: Rows = {}
            for cluster in range(reports):
                weight, seasoned = rng.choice(evidence)
                add_report(
                    rows,
                    day=rng.randrange(LIFETIME_DAYS[0]),
                    cluster=cluster,
                    weight=weight,
                    seasoned=seasoned,
                )
            judged.append(judge(list(rows.values()), day=LIFETIME_DAYS[0], thresholds=seed.thresholds))
        yield Cell("rotation", f"dropped after {reports} report{'s' if reports > 1 else ''}", listed(judged))
    neighbours = []
    for _ in range(seed.targets):
        rows = {}
        weight, seasoned = rng.choice(evidence)
        add_report(rows, day=0, cluster=0, weight=weight, seasoned=seasoned)
        neighbours.append(judge(list(rows.values()), day=0, thresholds=seed.thresholds))
    yield Cell("rotation", "harmless neighbours in the block, reported once", listed(neighbours))


def _confirmed(seed: Seed) -> list[NumberState]:
    """Collectors' numbers that the peaceful world confirmed after its burn-in."""
    return [
        state
        for state in seed.peaceful.measured()
        if state.number.is_abusive and state.verdict == Verdict.CONFIRMED
    ]


def _verdict(
    rows: Rows, *, day: int, thresholds: Thresholds, previous: Verdict = Verdict.CONFIRMED
) -> Verdict:
    trust = assess_trust(list(rows.values()), kind=KIND, today=day)
    return decide(trust, CONSENT, thresholds, previous=previous, kind=KIND)


def _opposed(rows: Rows, clusters: int, standing: Standing) -> Rows:
    """Joined by reports of a standing, each from a cluster of its own, that call the number legitimate."""
    return {**rows, **_opposition(_last_day(rows), clusters, standing)}


@lru_cache(maxsize=1024)
def _opposition(day: int, clusters: int, standing: Standing) -> Rows:
    joined: Rows = {}
    seasoned = standing.is_seasoned(account_days=365)
    for place in range(clusters):
        weight = standing.weight() * BARE_LOG
        add_report(joined, day=day, cluster=-1 - place, weight=weight, seasoned=seasoned, abusive=False)
    return joined


def _without(rows: Rows, rng: Random, *, share: float) -> Rows:
    """Without the reports of a share of its clusters; one always stays."""
    clusters = sorted({cluster for _, cluster in rows})
    taken = set(rng.sample(clusters, min(round(share * len(clusters)), len(clusters) - 1)))
    return {key: row for key, row in rows.items() if key[1] not in taken}


def _last_day(rows: Rows) -> int:
    return max(day for day, _ in rows)
