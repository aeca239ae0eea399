"""Which reporters may not be independent: one device, one network, signed up in a surge, or reporting together.

Ties are transitive: union-find makes a cluster of everybody who is linked through others. But a device is whatever
a client says it is and a network is cheap to sign up from, so accounts that have earned nothing yet only join clusters
of seasoned ones and never tie two of them together. What it cannot see are people who share nothing and never report
the same numbers at the same time; `dunwatch simulate` shows their price.
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
CO_REPORTED_SHARE: Final = 0.5  # of the numbers that both reported: strangers meet in 3 % of those
CO_REPORT_NEIGHBOURS: Final = 25  # a chain links as well as all pairs do, and costs no square

COHORT_SECONDS: Final = 10 * 60
COHORT_BASELINE_SECONDS: Final = 24 * 3600
COHORT_LEAST: Final = 5
COHORT_TAIL: Final = 1e-6
COHORT_DISPERSION: Final = 2.0  # sign-ups come in waves: variance = mean + mean^2 / 2


class Account(NamedTuple):
    """A reporter's account; `None` where a trait is unknown, which links nobody."""

    reporter: int  # signed 64-bit id
    signed_up_at: int  # seconds since 1970-01-01 UTC
    device: str | None
    network: str | None  # the /24 (IPv4) or /48 (IPv6) it signed up from
    is_seasoned: bool = False


class ReportTime(NamedTuple):
    """That a reporter reported a number at a time."""

    number: int
    reporter: int
    at: int  # seconds since 1970-01-01 UTC


def link_reporters(accounts: Sequence[Account], contacts: Iterable[ReportTime] = ()) -> dict[int, int]:
    """The cluster of each reporter of `accounts`: the id of the cluster's oldest seasoned account, else of its oldest.

    Pure, and equal for any order of the arguments. Which seasoned accounts are together depends on nothing that
    fresh ones do. These join one such cluster at most, by the first tie that leads to one: device, network, sign-up
    surge, co-reporting. A cluster keeps its id when younger accounts join it; of two that turn out to be one, the
    older id stays. Contacts of unknown reporters are ignored.
    """
    ordered = sorted(accounts, key=_rank)
    forest = Forest({account.reporter: _rank(account) for account in ordered})
    seasoned = {account.reporter for account in ordered if account.is_seasoned}
    known = [contact for contact in contacts if contact.reporter in forest]
    proven = [account for account in ordered if account.is_seasoned]
    for first, second in _ties(proven, [contact for contact in known if contact.reporter in seasoned]):
        forest.join(first, second)
    for first, second in _ties(ordered, known):
        # a root is seasoned where anybody of its tree is: seasoned ones rank first
        if forest.root(first) not in seasoned or forest.root(second) not in seasoned:
            forest.join(first, second)
    return {account.reporter: forest.root(account.reporter) for account in accounts}


def largest_share(clusters: Mapping[int, int]) -> float:
    """The share of the largest cluster among reporters, from the cluster of each; 0 where there is nobody."""
    return max(Counter(clusters.values()).values(), default=0) / max(len(clusters), 1)


def _rank(account: Account) -> tuple[bool, int, int]:
    return not account.is_seasoned, account.signed_up_at, account.reporter


def _ties(accounts: Sequence[Account], contacts: Sequence[ReportTime]) -> Iterator[tuple[int, int]]:
    """Pairs who may not be independent, the surest ties first; the same for the same order of accounts."""
    for trait in ("device", "network"):
        holders: dict[str, int] = {}
        for account in accounts:
            if (shared := getattr(account, trait)) is not None:
                yield holders.setdefault(shared, account.reporter), account.reporter
    yield from _surge_pairs(accounts)
    yield from co_reporting_pairs(contacts)


def co_reporting_pairs(contacts: Iterable[ReportTime]) -> list[tuple[int, int]]:
    """Pairs who reported `CO_REPORTED_NUMBERS` numbers within 20 minutes of each other, and seldom apart.

    The share keeps strangers apart who are both called by the same busy collectors, day after day.
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
    """Pairs, smaller id first, of reporters within 20 minutes in one number's reports by time."""
    for place, (at, reporter) in enumerate(moments):
        for later_at, later in moments[place + 1 : place + 1 + CO_REPORT_NEIGHBOURS]:
            if later_at - at > CO_REPORT_SECONDS:
                break
            if later != reporter:
                yield min(reporter, later), max(reporter, later)


def _surge_pairs(accounts: Iterable[Account]) -> Iterator[tuple[int, int]]:
    """Neighbours in a sign-up surge: ten minutes with far more accounts than the day before lets expect."""
    by_slot: defaultdict[int, list[int]] = defaultdict(list)
    for account in accounts:
        by_slot[account.signed_up_at // COHORT_SECONDS].append(account.reporter)
    slots_a_day = COHORT_BASELINE_SECONDS // COHORT_SECONDS
    for slot, cohort in by_slot.items():
        if len(cohort) < COHORT_LEAST:
            continue
        before = sum(len(by_slot.get(slot - back, ())) for back in range(1, slots_a_day + 1))
        usual = (before + 1) / slots_a_day  # as if one more had come, so that a quiet day is not impossible
        if negative_binomial_tail(len(cohort), mean=usual, dispersion=COHORT_DISPERSION) < COHORT_TAIL:
            yield from pairwise(cohort)
