"""Attacks on harmless numbers: by any number of fresh accounts, by aged rings, by partners, and by gangs that retaliate.

The attackers know the formulas: they claim the best evidence for every report. Each target is attacked with one of
sixteen timings, drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from ml.day_rows import DayRow
from ml.days import DAY_SECONDS
from ml.people.clusters import Account, ReportTime, link_reporters
from ml.people.standing import Standing
from ml.simulation.attack_grid import Cell, GateResult, Seed, listed_shares, worst_result
from ml.simulation.history import add_report
from ml.trust import PAYMENT_OR_CALL_BACK

DAY: Final = 20_000  # the last day of the attack; only differences of days matter
WAVES: Final = 16  # timings of an attack
SPREAD_DAYS: Final = (1, 3, 10)  # days over which the reports of an attack are spread
REPORTED_BEFORE: Final = 0.05  # share of harmless numbers that one honest person has reported by mistake
FRESH_COUNTS: Final = (1, 10, 100, 1000)
FRESH_NETWORKS: Final = (1, 50, None)  # None: each account has a network of its own
RING_CLUSTERS: Final = (1, 2, 3, 4, 5)
RING_MEMBERS: Final = 10  # accounts per cluster
RING_HELPERS: Final = (0, 100)  # unlinked fresh accounts that report the same numbers
PARTNER_GROUPS: Final = (1, 6, 100)  # that the holder of a partner's key invents
AGED: Final = Standing(confirmed=10)  # more confirmed reports add no weight
HOUR: Final = 3600

Rows = dict[tuple[int, int], DayRow]


def fresh(seed: Seed) -> Iterator[Cell]:
    """Yield the results of fresh accounts, by their number and networks, against harmless numbers."""
    rng = seed.random("fresh")
    for count in FRESH_COUNTS:
        for networks in FRESH_NETWORKS:
            waves = [_wave(_fresh_clusters(count, networks), Standing(), rng) for _ in range(WAVES)]
            where = _several(networks, "network") if networks else "unlimited networks"
            yield _siege(seed, "fresh", f"{_several(count, 'account')} on {where}", waves, rng)


def rings(seed: Seed) -> Iterator[Cell]:
    """Yield the results of aged accounts in one to five clusters, without and with help of fresh accounts.

    The last result is that of a ring whose accounts become linked because they report together.
    """
    rng = seed.random("rings")
    for helpers in RING_HELPERS:
        for clusters in RING_CLUSTERS:
            aged = [cluster for cluster in range(clusters) for _ in range(RING_MEMBERS)]
            waves = [
                _wave(_fresh_clusters(helpers, None), Standing(), rng, _wave(aged, AGED, rng, first=-1000))
                for _ in range(WAVES)
            ]
            helped = f" and {helpers} fresh accounts" if helpers else ""
            yield _siege(seed, "rings", f"{_several(clusters, 'aged cluster')}{helped}", waves, rng)
    linked = _linked_by_co_reporting(5)
    waves = [_wave(linked, AGED, rng) for _ in range(WAVES)]
    yield _siege(seed, "rings", "5 unlinked aged accounts that report together", waves, rng)


def partners(seed: Seed) -> Iterator[Cell]:
    """Yield the results of a partner whose groups are invented: of a source that nobody vetted, then of a vetted one."""
    rng = seed.random("partners")
    for is_vetted in (False, True):
        for count in PARTNER_GROUPS:
            waves = [
                {
                    place: row._replace(is_vetted=is_vetted)
                    for place, row in _wave(range(count), AGED, rng, first=-1000).items()
                }
                for _ in range(WAVES)
            ]
            vetted = "vetted" if is_vetted else "not vetted"
            yield _siege(seed, "partners", f"{vetted}, {_several(count, 'group')}", waves, rng)


def retaliation(seed: Seed) -> Iterator[Cell]:
    """Yield the results of a gang whose accounts report a person who reported it, every day for a month."""
    rng = seed.random("retaliation")
    for clusters in (0, 1):
        aged = [0] * RING_MEMBERS * clusters
        waves = [
            _wave(_fresh_clusters(50, 50), Standing(), rng, _wave(aged, AGED, rng, first=-1000))
            for _ in range(WAVES)
        ]
        daily = [_repeated_daily(rows, days=30) for rows in waves]
        with_ring = " and 1 aged cluster" if clusters else ""
        yield _siege(seed, "retaliation", f"50 fresh accounts{with_ring}, daily", daily, rng)


def _fresh_clusters(count: int, networks: int | None) -> list[int]:
    """Return the cluster of each fresh account; they sign up one per hour, so as not to be a sign-up surge."""
    accounts = [
        Account(
            reporter=index,
            signed_up_at=index * HOUR,
            device=f"device {index}",
            network=f"network {index if networks is None else index % networks}",
        )
        for index in range(count)
    ]
    cluster_of = link_reporters(accounts)
    return [cluster_of[account.reporter] for account in accounts]


def _linked_by_co_reporting(count: int) -> list[int]:
    """Return the clusters of accounts that share nothing but reported three numbers within ten minutes each."""
    accounts = [
        Account(index, index * DAY_SECONDS, f"device {index}", f"network {index}", is_seasoned=True)
        for index in range(count)
    ]
    contacts = [
        ReportTime(number, reporter=index, at=number * DAY_SECONDS + index * 120)
        for number in range(3)
        for index in range(count)
    ]
    cluster_of = link_reporters(accounts, contacts)
    return [cluster_of[account.reporter] for account in accounts]


def _wave(
    clusters: Sequence[int], standing: Standing, rng: Random, before: Rows | None = None, *, first: int = 0
) -> Rows:
    """Return rows of one report by each account, given the clusters and standing of accounts, on some days up to `DAY`.

    They are added to `before`; `first` is added to the ids of the clusters.
    """
    rows = dict(before or {})
    days = rng.choice(SPREAD_DAYS)
    weight = standing.weight() * PAYMENT_OR_CALL_BACK
    seasoned = standing.is_seasoned(account_days=365)
    for cluster in clusters:
        day = DAY - rng.randrange(days)
        add_report(rows, day=day, cluster=first + cluster, weight=weight, seasoned=seasoned)
    return rows


def _repeated_daily(rows: Rows, *, days: int) -> Rows:
    """Return rows whose reports are repeated every day: each is counted, but a reporter weighs once per number."""
    repeated = dict(rows)
    for (day, cluster), row in rows.items():
        again = row._replace(reporters=0, seasoned_for=0.0, fresh_for=0.0)
        for later in range(day + 1, DAY + 1 + days):
            repeated.setdefault((later, cluster), again._replace(day=later))
    return repeated


def _siege(seed: Seed, attack: str, setting: str, waves: Sequence[Rows], rng: Random) -> Cell:
    """Return the result of attacking each target with one of the waves.

    Trust is a pure function, so the result of each wave against a number without other reports is computed only once.
    """
    clean: dict[int, GateResult] = {}  # by wave
    results: list[GateResult] = []
    for _ in range(seed.targets):
        wave = rng.randrange(WAVES)
        if rng.random() < REPORTED_BEFORE:
            results.append(_result(seed, {**waves[wave], **_mistake(seed, rng)}))
            continue
        if wave not in clean:
            clean[wave] = _result(seed, waves[wave])
        results.append(clean[wave])
    highest = max(result.probability for result in clean.values())
    return Cell(attack, setting, listed_shares(results), highest)


def _result(seed: Seed, rows: Rows) -> GateResult:
    return worst_result(list(rows.values()), day=_last_day(rows), thresholds=seed.thresholds)


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _last_day(rows: Rows) -> int:
    return max(day for day, _ in rows)


def _mistake(seed: Seed, rng: Random) -> Rows:
    """Return the row of one honest but mistaken report, with a weight drawn from those of the peaceful world."""
    weight, seasoned = rng.choice(seed.peaceful.honest_evidence)
    rows: Rows = {}
    add_report(rows, day=DAY - rng.randrange(30), cluster=-1, weight=weight, seasoned=seasoned)
    return rows
