"""Ties between reporters: found where they are, and not where strangers are merely called by the same people."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ml.people.clusters import Account, ReportTime, co_reporting_pairs, largest_share, link_reporters
from tests.ml.number_rows import repeatable

HOUR = 3600
DAY = 86_400


def account(
    reporter: int,
    *,
    at: int | None = None,
    device: str | None = None,
    network: str | None = None,
    is_seasoned: bool = False,
) -> Account:
    return Account(reporter, reporter * HOUR if at is None else at, device, network, is_seasoned)


EITHER = st.booleans()


@st.composite
def accounts(
    draw: st.DrawFn,
    *,
    seasoned: st.SearchStrategy[bool] = EITHER,
    ids: tuple[int, int] = (-50, 50),
) -> list[Account]:
    traits = st.none() | st.sampled_from(["a", "b", "c", "d"])
    reporters = draw(st.lists(st.integers(*ids), max_size=20, unique=True))
    slots = st.none() | st.just(100 * DAY)  # the latter is a surge where five or more are drawn
    return [
        account(one, at=draw(slots), device=draw(traits), network=draw(traits), is_seasoned=draw(seasoned))
        for one in reporters
    ]


def contacts_of(known: list[Account]) -> st.SearchStrategy[list[ReportTime]]:
    """Reports of a few numbers within an hour: many meet."""
    if not known:
        return st.just([])
    contact = st.builds(
        ReportTime,
        st.integers(1, 4),
        st.sampled_from([one.reporter for one in known]),
        st.integers(0, 6).map(lambda tens: tens * 600),
    )
    return st.lists(contact, max_size=40)


@repeatable
@given(known=accounts(), data=st.data())
def test_the_order_of_accounts_changes_nothing(known: list[Account], data: st.DataObject) -> None:
    contacts = data.draw(contacts_of(known))
    other_order = data.draw(st.permutations(known)), data.draw(st.permutations(contacts))
    assert link_reporters(*other_order) == link_reporters(known, contacts)


@repeatable
@given(seasoned=accounts(seasoned=st.just(True)), data=st.data())
def test_no_fresh_accounts_change_which_seasoned_ones_are_together(
    seasoned: list[Account], data: st.DataObject
) -> None:
    fresh = data.draw(accounts(seasoned=st.just(False), ids=(51, 150)))
    theirs = data.draw(contacts_of(seasoned))
    before = link_reporters(seasoned, theirs)
    after = link_reporters([*fresh, *seasoned], [*data.draw(contacts_of(fresh)), *theirs])
    assert {one.reporter: after[one.reporter] for one in seasoned} == before


@repeatable
@given(known=accounts())
def test_seasoned_accounts_that_share_a_device_or_network_are_together(known: list[Account]) -> None:
    cluster_of = link_reporters(known)
    for one in known:
        for other in known:
            if one.is_seasoned and other.is_seasoned and one.device and one.device == other.device:
                assert cluster_of[one.reporter] == cluster_of[other.reporter]


def test_one_device_signed_up_from_everybodys_networks_makes_no_cluster_of_those_who_are_seasoned() -> None:
    honest = [account(place, network=f"home {place}", is_seasoned=True) for place in range(50)]
    poison = [account(100 + place, device="one", network=f"home {place}") for place in range(50)]
    cluster_of = link_reporters([*honest, *poison])
    assert len({cluster_of[one.reporter] for one in honest}) == 50
    assert {cluster_of[one.reporter] for one in poison} == {0}, "still one, with the first that it led to"


def test_a_fresh_account_joins_whose_device_it_has_before_whose_network() -> None:
    known = [
        account(1, network="n", is_seasoned=True),
        account(2, device="x", is_seasoned=True),
        account(3, device="x", network="n"),
    ]
    assert link_reporters(known) == {1: 1, 2: 2, 3: 2}


def test_an_aged_ring_is_tied_together_by_whatever_it_shares() -> None:
    ring = [account(place, device="one", network=f"n {place}", is_seasoned=True) for place in range(5)]
    assert set(link_reporters(ring).values()) == {0}
    surge = [account(place, at=100 * DAY + place, is_seasoned=True) for place in range(12)]
    assert set(link_reporters(surge).values()) == {0}


def test_the_largest_cluster_is_a_share_of_all() -> None:
    assert largest_share({1: 1, 2: 1, 3: 1, 4: 4}) == 0.75
    assert largest_share({}) == 0.0


@repeatable
@given(known=accounts(seasoned=st.just(False)))
def test_a_cluster_of_equals_is_whoever_is_tied_through_others_and_bears_its_oldest_members_id(
    known: list[Account],
) -> None:
    cluster_of = link_reporters(known)
    by_id = {one.reporter: one for one in known}
    for one in known:
        root = by_id[cluster_of[one.reporter]]
        assert root.signed_up_at <= one.signed_up_at
        for other in known:
            if (one.device and one.device == other.device) or (one.network and one.network == other.network):
                assert cluster_of[one.reporter] == cluster_of[other.reporter]


@repeatable
@given(known=accounts())
def test_younger_accounts_never_change_the_id_of_a_cluster_that_they_join(known: list[Account]) -> None:
    before = link_reporters(known)
    newcomer = account(10_000, device="a")
    after = link_reporters([*known, newcomer])
    assert {reporter: after[reporter] for reporter in before} == before


def test_nothing_is_shared_by_accounts_of_which_nothing_is_known() -> None:
    assert len(set(link_reporters([account(place) for place in range(50)]).values())) == 50


def test_a_chain_of_device_and_network_is_one_cluster() -> None:
    chain = [
        account(1, device="x"),
        account(2, device="x", network="n"),
        account(3, network="n"),
        account(4, network="m"),
    ]
    assert link_reporters(chain) == {1: 1, 2: 1, 3: 1, 4: 4}


def test_a_surge_of_sign_ups_is_one_cohort_and_a_busy_day_is_none() -> None:
    quiet = [account(place, at=place * 2 * HOUR) for place in range(24)]
    surge = [account(100 + place, at=2 * DAY + place) for place in range(30)]
    cluster_of = link_reporters([*quiet, *surge])
    assert {cluster_of[one.reporter] for one in surge} == {100}
    assert len({cluster_of[one.reporter] for one in quiet}) == 24
    busy = [account(place, at=place * 60) for place in range(2 * 24 * 60)]  # ten in ten minutes, all day
    cluster_of = link_reporters(busy)
    second_day = [cluster_of[one.reporter] for one in busy if one.signed_up_at >= DAY]
    assert len(set(second_day)) == len(second_day)


class TestCoReporting:
    def test_two_numbers_within_twenty_minutes_link_and_one_does_not(self) -> None:
        meetings = [
            ReportTime(7, 1, 0),
            ReportTime(7, 2, 1200),
            ReportTime(8, 1, DAY),
            ReportTime(8, 2, DAY + 60),
        ]
        assert co_reporting_pairs(meetings) == [(1, 2)]
        assert co_reporting_pairs(meetings[:3]) == []
        late = [*meetings[:3], ReportTime(8, 2, DAY + 1201)]
        assert co_reporting_pairs(late) == []

    def test_the_same_number_twice_is_one_meeting(self) -> None:
        again = [ReportTime(7, 1, 0), ReportTime(7, 2, 60), ReportTime(7, 1, DAY), ReportTime(7, 2, DAY + 60)]
        assert co_reporting_pairs(again) == []

    def test_strangers_whom_the_same_collectors_call_all_year_stay_strangers(self) -> None:
        rng = Random(5)
        contacts = [
            ReportTime(number, reporter, number * DAY + rng.randrange(DAY))
            for number in range(200)
            for reporter in (1, 2)
        ]
        met = sum(abs(contacts[2 * place].at - contacts[2 * place + 1].at) <= 1200 for place in range(200))
        assert met >= 2
        assert co_reporting_pairs(contacts) == []

    def test_a_ring_too_large_to_compare_all_pairs_is_still_one_cluster(self) -> None:
        members = [account(place, at=place * DAY) for place in range(200)]
        contacts = [ReportTime(number, one.reporter, one.reporter) for number in (1, 2) for one in members]
        assert set(link_reporters(members, contacts).values()) == {0}

    def test_contacts_of_unknown_reporters_are_ignored(self) -> None:
        contacts = [ReportTime(number, reporter, 0) for number in (1, 2) for reporter in (1, 99)]
        assert link_reporters([account(1)], contacts) == {1: 1}
