"""Clusters of reporters who may not be independent: by device, network, sign-up surge, or reporting together.

Ties are transitive: union-find puts everybody who is linked through others into one cluster. But clients can claim any
device, and signing up from a network is cheap. Therefore accounts that have earned nothing yet can join a cluster of
seasoned accounts, but never tie two such clusters together. People who share nothing and never report the same numbers
at the same time cannot be detected; `dunwatch simulate` shows what such an attack costs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from ml.bursts import negative_binomial_tail
from ml.forest import Forest

CO_REPORT_SECONDS: Final = 20 * 60
CO_REPORTED_NUMBERS: Final = 2  # once may be chance
CO_REPORTED_SHARE: Final = 0.5  # of the numbers that both reported: strangers coincide in 3 % of those
CO_REPORT_NEIGHBOURS: Final = 25  # a chain links as well as all pairs do, without quadratic cost

COHORT_SECONDS: Final = 10 * 60
COHORT_BASELINE_SECONDS: Final = 24 * 3600
COHORT_LEAST: Final = 5
COHORT_TAIL: Final = 1e-6
COHORT_DISPERSION: Final = 2.0  # sign-ups come in waves: variance = mean + mean^2 / 2


class Account(NamedTuple):
    """The account of a reporter. A trait of None is unknown and links nobody."""

    reporter: int  # signed 64-bit id
    signed_up_at: int  # seconds since 1970-01-01 UTC
    device: str | None
    network: str | None  # the /24 (IPv4) or /48 (IPv6) it signed up from
    is_seasoned: bool = False


class ReportTime(NamedTuple):
    """When a reporter reported a number."""

    number: int
    reporter: int
    at: int  # seconds since 1970-01-01 UTC


def link_reporters(accounts: Sequence[Account], contacts: Iterable[ReportTime] = ()) -> dict[int, int]:
    """Return the cluster of each reporter of `accounts`, named by the reporter id of its oldest seasoned account.

    A cluster without seasoned accounts is named by its oldest account. The function is pure, and the order of the
    arguments does not matter. Which seasoned accounts belong together does not depend on anything fresh accounts do.
    A fresh account joins at most one cluster with seasoned accounts, by the first tie that leads to one: device,
    network, sign-up surge, co-reporting. A cluster keeps its id when younger accounts join; when two clusters turn out
    to be one, the older id stays. Contacts of unknown reporters are ignored.
    """
    ordered = sorted(accounts, key=_rank)
    forest = Forest({account.reporter: _rank(account) for account in ordered})
    seasoned = {account.reporter for account in ordered if account.is_seasoned}
    known = [contact for contact in contacts if contact.reporter in forest]
    proven = [account for account in ordered if account.is_seasoned]
    for first, second in _ties(proven, [contact for contact in known if contact.reporter in seasoned]):
        forest.join(first, second)
    for first, second in _ties(ordered, known):
        # seasoned accounts rank first, so a root is seasoned if anybody in its tree is
        if forest.root(first) not in seasoned or forest.root(second) not in seasoned:
            forest.join(first, second)
    return {account.reporter: forest.root(account.reporter) for account in accounts}


def largest_share(clusters: Mapping[int, int]) -> float:
    """Return the share of reporters who are in the largest cluster, given the cluster of each; 0 if there are none."""
    return max(Counter(clusters.values()).values(), default=0) / max(len(clusters), 1)


def _rank(account: Account) -> tuple[bool, int, int]:
    return not account.is_seasoned, account.signed_up_at, account.reporter


def _ties(accounts: Sequence[Account], contacts: Sequence[ReportTime]) -> Iterator[tuple[int, int]]:
    """Yield pairs who may not be independent, surest ties first; deterministic for a given order of accounts."""
    for trait in ("device", "network"):
        holders: dict[str, int] = {}
        for account in accounts:
            if (shared := getattr(account, trait)) is not None:
                yield holders.setdefault(shared, account.reporter), account.reporter
    yield from _surge_pairs(accounts)
    yield from co_reporting_pairs(contacts)


def co_reporting_pairs(contacts: Iterable[ReportTime]) -> list[tuple[int, int]]:
    """Return pairs who reported `CO_REPORTED_NUMBERS` numbers within 20 minutes of each other, and seldom apart.

    Requiring `CO_REPORTED_SHARE` keeps strangers apart who are called by the same busy collectors day after day.
    """
    reported: defaultdict[int, set[int]] = defaultdict(set)
    by_number: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for contact in contacts:
        reported[contact.reporter].add(contact.number)
        by_number[contact.number].append((contact.at, contact.reporter))
    met: Counter[tuple[int, int]] = Counter()
    for moments in by_number.values():
        met.update(set(_meetings(sorted(moments))))
    return sorted(
        pair
        for pair, numbers in met.items()
        if numbers >= CO_REPORTED_NUMBERS
        and numbers >= CO_REPORTED_SHARE * len(reported[pair[0]] & reported[pair[1]])
    )


def _meetings(moments: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of reporters, smaller id first, within 20 minutes in one number's (time, reporter) in order."""
    for index, (at, reporter) in enumerate(moments):
        for later_at, later in moments[index + 1 : index + 1 + CO_REPORT_NEIGHBOURS]:
            if later_at - at > CO_REPORT_SECONDS:
                break
            if later != reporter:
                yield min(reporter, later), max(reporter, later)


def _surge_pairs(accounts: Iterable[Account]) -> Iterator[tuple[int, int]]:
    """Yield neighbours in a sign-up surge: ten minutes with far more accounts than expected from the day before."""
    by_slot: defaultdict[int, list[int]] = defaultdict(list)
    for account in accounts:
        by_slot[account.signed_up_at // COHORT_SECONDS].append(account.reporter)
    slots_a_day = COHORT_BASELINE_SECONDS // COHORT_SECONDS
    for slot, cohort in by_slot.items():
        if len(cohort) < COHORT_LEAST:
            continue
        before = sum(len(by_slot.get(slot - back, ())) for back in range(1, slots_a_day + 1))
        usual = (before + 1) / slots_a_day  # one is added, so that the mean after a quiet day is not 0
        if negative_binomial_tail(len(cohort), mean=usual, dispersion=COHORT_DISPERSION) < COHORT_TAIL:
            yield from pairwise(cohort)
