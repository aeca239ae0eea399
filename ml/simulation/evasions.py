"""What collectors do about verdicts on their numbers: oppose them, take reports back, give the numbers up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from random import Random
from typing import Final

from ml.day_rows import DayRow
from ml.people.standing import Standing
from ml.simulation.attack_grid import Cell, GateResult, Seed, Share, listed_shares, worst_result
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
    """Yield how many confirmed numbers are removed when collectors try to achieve it, on the day of the last report."""
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
    """Yield how many confirmed numbers stay listed when nobody reports them, and when one person reports the new owner."""
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
    """Yield how many numbers of a block are listed if each is dropped after a few reports, and how many neighbours.

    The neighbours are harmless and reported once, by mistake.
    """
    rng = seed.random("rotation")
    days = LIFETIME_DAYS[0]
    for reports in ROTATED_AFTER_REPORTS:
        dropped = [_honest_rows(seed, rng, reports=reports, days=days) for _ in range(seed.targets)]
        shares = listed_shares(_worst_results(seed, dropped, day=days))
        yield Cell("rotation", f"dropped after {reports} report{'s' if reports > 1 else ''}", shares)
    neighbours = [_honest_rows(seed, rng, reports=1, days=None) for _ in range(seed.targets)]
    shares = listed_shares(_worst_results(seed, neighbours, day=0))
    yield Cell("rotation", "harmless neighbours in the block, reported once", shares)


def _honest_rows(seed: Seed, rng: Random, *, reports: int, days: int | None) -> Rows:
    """Draw rows of honest reports from different clusters, spread over `days` days, or on day 0 if None."""
    rows: Rows = {}
    for cluster in range(reports):
        weight, seasoned = rng.choice(seed.peaceful.honest_evidence)
        day = 0 if days is None else rng.randrange(days)
        add_report(rows, day=day, cluster=cluster, weight=weight, seasoned=seasoned)
    return rows


def _worst_results(seed: Seed, attacked: Iterable[Rows], *, day: int) -> list[GateResult]:
    return [worst_result(list(rows.values()), day=day, thresholds=seed.thresholds) for rows in attacked]


def _confirmed(seed: Seed) -> list[NumberState]:
    """Return the collectors' numbers that the peaceful world confirmed after its burn-in."""
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
    """Return rows with further reports that call the number legitimate, each from a cluster of its own."""
    return {**rows, **_opposition(_last_day(rows), clusters, standing)}


@lru_cache(maxsize=1024)
def _opposition(day: int, clusters: int, standing: Standing) -> Rows:
    rows: Rows = {}
    seasoned = standing.is_seasoned(account_days=365)
    for index in range(clusters):
        weight = standing.weight() * BARE_LOG
        add_report(rows, day=day, cluster=-1 - index, weight=weight, seasoned=seasoned, abusive=False)
    return rows


def _without(rows: Rows, rng: Random, *, share: float) -> Rows:
    """Return rows without the reports of a share of the clusters; at least one cluster stays."""
    clusters = sorted({cluster for _, cluster in rows})
    taken = set(rng.sample(clusters, min(round(share * len(clusters)), len(clusters) - 1)))
    return {key: row for key, row in rows.items() if key[1] not in taken}


def _last_day(rows: Rows) -> int:
    return max(day for day, _ in rows)
