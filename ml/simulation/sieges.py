"""Attacks on harmless numbers: fresh accounts in any number, aged rings, and gangs that strike back.

The attackers know the formulas: they claim the best evidence for every report, and take whichever of
sixteen timings falls to a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from ml.day_rows import DayRow
from ml.people.clusters import Account, ReportTime, link_reporters
from ml.people.standing import Standing
from ml.simulation.attack_grid import Cell, GateResult, Seed, judge, listed
from ml.simulation.history import add_report
from ml.simulation.world import DAY_SECONDS
from ml.trust import PAYMENT_OR_CALL_BACK

DAY: Final = 20_000  # of the attack; only differences of days matter
WAVES: Final = 16
SPREAD_DAYS: Final = (1, 3, 10)
REPORTED_BEFORE: Final = 0.05  # of harmless numbers: once, by mistake, by an honest person
FRESH_COUNTS: Final = (1, 10, 100, 1000)
FRESH_NETWORKS: Final = (1, 50, None)  # None: each account on its own
RING_CLUSTERS: Final = (1, 2, 3, 4, 5)
RING_MEMBERS: Final = 10  # accounts of one cluster
RING_HELPERS: Final = (0, 100)  # fresh accounts, unlinked, that report the same
AGED: Final = Standing(confirmed=10)  # as much as weighs
HOUR: Final = 3600

Rows = dict[tuple[int, int], DayRow]


def fresh(seed: Seed) -> Iterator[Cell]:
    """Fresh accounts by number and networks, against numbers of which some were reported by mistake before."""
    rng = seed.random("fresh")
    for count in FRESH_COUNTS:
        for networks in FRESH_NETWORKS:
            waves = [_wave(_fresh_clusters(count, networks), Standing(), rng) for _ in range(WAVES)]
            where = _several(networks, "network") if networks else "unlimited networks"
            yield _siege(seed, "fresh", f"{_several(count, 'account')} on {where}", waves, rng)


def rings(seed: Seed) -> Iterator[Cell]:
    """Aged accounts in one to five clusters, alone and with fresh help; and a ring that gives itself away."""
    rng = seed.random("rings")
    for helpers in RING_HELPERS:
        for clusters in RING_CLUSTERS:
            aged = [place for place in range(clusters) for _ in range(RING_MEMBERS)]
            waves = [
                _wave(_fresh_clusters(helpers, None), Standing(), rng, _wave(aged, AGED, rng, first=-1000))
                for _ in range(WAVES)
            ]
            helped = f" and {helpers} fresh accounts" if helpers else ""
            yield _siege(seed, "rings", f"{_several(clusters, 'aged cluster')}{helped}", waves, rng)
    linked = _linked_by_co_reporting(5)
    waves = [_wave(linked, AGED, rng) for _ in range(WAVES)]
    yield _siege(seed, "rings", "5 unlinked aged accounts that report together", waves, rng)


def retaliation(seed: Seed) -> Iterator[Cell]:
    """A gang's accounts report the number of somebody who reported them, every day for a month."""
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
    """The clusters that fresh accounts fall into, signed up one an hour so as not to be a surge."""
    accounts = [
        Account(
            place,
            place * HOUR,
            f"device {place}",
            f"network {place if networks is None else place % networks}",
        )
        for place in range(count)
    ]
    cluster_of = link_reporters(accounts)
    return [cluster_of[account.reporter] for account in accounts]


def _linked_by_co_reporting(count: int) -> list[int]:
    """The clusters of accounts that share nothing, after reporting three numbers within ten minutes each."""
    accounts = [
        Account(place, place * DAY_SECONDS, f"device {place}", f"network {place}", is_seasoned=True)
        for place in range(count)
    ]
    contacts = [
        ReportTime(number, place, number * DAY_SECONDS + place * 120)
        for number in range(3)
        for place in range(count)
    ]
    cluster_of = link_reporters(accounts, contacts)
    return [cluster_of[account.reporter] for account in accounts]


def _wave(
    clusters: Sequence[int], standing: Standing, rng: Random, before: Rows | None = None, *, first: int = 0
) -> Rows:
    """Rows of one report each, by accounts of a standing in given clusters, over some days up to `DAY`."""
    rows = dict(before or {})
    days = rng.choice(SPREAD_DAYS)
    weight = standing.weight() * PAYMENT_OR_CALL_BACK
    seasoned = standing.is_seasoned(account_days=365)
    for cluster in clusters:
        day = DAY - rng.randrange(days)
        add_report(rows, day=day, cluster=first + cluster, weight=weight, seasoned=seasoned)
    return rows


def _repeated_daily(rows: Rows, *, days: int) -> Rows:
    """The same reports made again each day: they count as reports, but a reporter weighs once per number."""
    repeated = dict(rows)
    for (day, cluster), row in rows.items():
        again = row._replace(reporters=0, seasoned_for=0.0, fresh_for=0.0)
        for later in range(day + 1, DAY + 1 + days):
            repeated.setdefault((later, cluster), again._replace(day=later))
    return repeated


def _siege(seed: Seed, attack: str, setting: str, waves: Sequence[Rows], rng: Random) -> Cell:
    """Each target under one of the waves; trust is a pure function, so equal cases are worked out once."""
    clean: dict[int, GateResult] = {}
    judged: list[GateResult] = []
    for _ in range(seed.targets):
        place = rng.randrange(WAVES)
        if rng.random() < REPORTED_BEFORE:
            rows = {**waves[place], **_mistake(seed, rng)}
            judged.append(judge(list(rows.values()), day=_last_day(rows), thresholds=seed.thresholds))
            continue
        if place not in clean:
            rows = waves[place]
            clean[place] = judge(list(rows.values()), day=_last_day(rows), thresholds=seed.thresholds)
        judged.append(clean[place])
    highest = max(found.probability for found in clean.values())
    return Cell(attack, setting, listed(judged), highest)


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _last_day(rows: Rows) -> int:
    return max(day for day, _ in rows)


def _mistake(seed: Seed, rng: Random) -> Rows:
    """One honest but mistaken report, which weighs what reports in the peaceful world weigh."""
    weight, seasoned = rng.choice(seed.peaceful.honest_evidence)
    rows: Rows = {}
    add_report(rows, day=DAY - rng.randrange(30), cluster=-1, weight=weight, seasoned=seasoned)
    return rows
