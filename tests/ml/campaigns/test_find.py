"""Campaigns: found where numbers share what others seldom do, and not where one thing, or one reporter, says so."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.campaigns.coincidences import poisson_tail
from ml.campaigns.facts import MOST_VALUES, Facts, FactTable, Mention, facts_of, plain_name
from ml.campaigns.find import PAUSE_DAYS, chance_of_time, find_campaigns
from ml.scripts import script_of
from tests.ml.number_rows import repeatable

DAY = 20_000
SCRIPT = 0x1234_5678_9ABC_DEF0
OTHER_SCRIPT = 0x0FED_CBA9_8765_4321


def facts(  # what the tests vary
    number: str,
    *,
    institution: int | None = None,
    script: int | None = None,
    day: int = DAY,
    days: int = 5,
    teller: int | None = None,
) -> Facts:
    """A number of which a cluster of its own tells, unless one is named."""
    told_by = int(number[-6:]) if teller is None else teller
    return Facts(
        number,
        () if institution is None else ((institution, told_by),),
        () if script is None else ((script, told_by),),
        day,
        day + days,
    )


def found(*known: Facts) -> list[tuple[str, ...]]:
    return find_campaigns(FactTable.of(known))


def in_block(places: range, *, block: str = "+861979000", **shared: int) -> list[Facts]:
    return [facts(f"{block}{place:04d}", **shared) for place in places]


def scattered(places: range, **shared: int) -> list[Facts]:
    """Numbers of which each lies in another block."""
    return [facts(f"+861979{place:03d}{place:04d}", **shared) for place in places]


@pytest.mark.parametrize(
    "known",
    [
        in_block(range(3), institution=1),
        in_block(range(3), script=SCRIPT),
        scattered(range(3), institution=1, script=SCRIPT),
    ],
)
def test_three_numbers_that_share_two_things_are_a_campaign(known: list[Facts]) -> None:
    assert found(*known) == [tuple(one.number for one in known)]


@pytest.mark.parametrize(
    "known",
    [in_block(range(20)), scattered(range(20), institution=1), scattered(range(20), script=SCRIPT)],
)
def test_one_thing_in_common_is_not_enough_however_many_have_it(known: list[Facts]) -> None:
    assert found(*known) == []


def test_two_numbers_are_no_campaign() -> None:
    assert found(*in_block(range(2), institution=1, script=SCRIPT)) == []


def test_codes_that_are_given_singly_lie_in_no_block() -> None:
    assert found(*(facts(f"95{place:06d}", institution=1) for place in range(5))) == []


def test_what_many_claim_says_little() -> None:
    """Three of a block of ten, where three in ten of all numbers claim the same: that is chance."""
    others = [
        facts(f"+86197{place:04d}1234", institution=1 if place % 10 < 3 else 100 + place)
        for place in range(3000)
    ]
    block = [
        facts(f"+861988000{place:04d}", institution=1 if place < 3 else 9_000 + place) for place in range(10)
    ]
    assert found(*others, *block) == []
    assert found(*block) == [tuple(one.number for one in block[:3])]


def test_what_one_or_two_reporters_say_makes_no_campaign() -> None:
    assert found(*in_block(range(10), institution=1, script=SCRIPT, teller=7)) == []
    two = [*in_block(range(5), institution=1, teller=7), *in_block(range(5, 10), institution=1, teller=8)]
    assert found(*two) == []


def test_numbers_active_long_after_others_are_another_campaign() -> None:
    early = in_block(range(4), institution=1, script=SCRIPT, days=0)
    late = in_block(range(4, 8), institution=1, script=SCRIPT, day=DAY + PAUSE_DAYS + 1)
    soon = in_block(range(4, 8), institution=1, script=SCRIPT, day=DAY + PAUSE_DAYS)
    assert [len(numbers) for numbers in found(*early, *late)] == [4, 4]
    assert [len(numbers) for numbers in found(*early, *soon)] == [8]


def test_who_claims_to_be_somebody_else_is_no_part_of_it() -> None:
    """The tenants of a block bought the same script; nobody says of the last one whom it claims to be."""
    one = in_block(range(5), institution=1, script=SCRIPT)
    other = in_block(range(5, 8), institution=2, script=SCRIPT)
    silent = facts("+8619790000008", script=SCRIPT)
    assert found(*one, *other, silent) == [
        tuple(known.number for known in (*one, silent)),
        tuple(known.number for known in other),
    ]


def test_one_number_between_two_campaigns_does_not_make_them_one() -> None:
    one = in_block(range(5), institution=1)
    other = scattered(range(10, 15), institution=2, script=SCRIPT)
    between = Facts("+8619790000007", ((1, 50), (2, 51)), ((SCRIPT, 52),), DAY, DAY)
    campaigns = found(*one, *other, between)
    assert sorted(map(len, campaigns)) == [5, 6]


def test_a_script_is_recognised_by_a_part_of_it() -> None:
    alike = SCRIPT ^ 1  # differs in the last of its three bands
    known = [
        facts(f"+861979{place:03d}0001", institution=1, script=alike if place else SCRIPT)
        for place in range(4)
    ]
    assert [len(numbers) for numbers in found(*known)] == [4]


@st.composite
def many_facts(draw: st.DrawFn) -> list[Facts]:
    """A few blocks, institutions and scripts in every mixture."""
    places = draw(st.lists(st.integers(0, 29), unique=True, max_size=25))
    return [
        facts(
            f"+861979{place % 3:03d}{place:04d}",
            institution=draw(st.none() | st.integers(1, 3)),
            script=draw(st.none() | st.sampled_from([SCRIPT, OTHER_SCRIPT])),
            day=DAY + draw(st.sampled_from([0, 3, 80])),
        )
        for place in places
    ]


@repeatable
@given(known=many_facts(), data=st.data())
def test_the_order_of_facts_changes_nothing(known: list[Facts], data: st.DataObject) -> None:
    assert found(*data.draw(st.permutations(known))) == found(*known)


@repeatable
@given(known=many_facts())
def test_a_number_is_in_one_campaign_at_most_and_none_has_less_than_three(known: list[Facts]) -> None:
    campaigns = found(*known)
    numbers = [number for campaign in campaigns for number in campaign]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {one.number for one in known}
    assert all(len(campaign) >= 3 and list(campaign) == sorted(campaign) for campaign in campaigns)


@repeatable
@given(known=many_facts())
def test_a_number_that_shares_nothing_takes_nobody_out_and_joins_nothing(known: list[Facts]) -> None:
    """Nor does it change anything, but that of more numbers known a borderline case may become a sure one."""
    stranger = facts("+8619999990000", institution=99, script=OTHER_SCRIPT >> 1)
    before, after = found(*known), found(*known, stranger)
    assert all(any(set(campaign) <= set(later) for later in after) for campaign in before)
    assert stranger.number not in {number for campaign in after for number in campaign}


def test_in_a_crowd_without_campaigns_none_is_found() -> None:
    rng = Random(1)
    known = [
        facts(
            f"+86197{number:08d}",
            institution=int(rng.paretovariate(0.7)),
            script=int(rng.paretovariate(0.7)) * 0x1357_9BDF_0246,
            day=DAY + rng.randrange(80),
        )
        for number in rng.sample(range(300_000), 4_000)
    ]
    assert found(*known) == []


def test_facts_are_the_same_for_any_order_of_reports() -> None:
    message = "【虚构信贷】您的借款逾期3天，请于今日18点前处理，否则通知您的通讯录联系人"
    mentions = [
        Mention(DAY, 5, "虚构 信贷", message),
        Mention(DAY + 2, 3, "虚构信贷", None),
        Mention(DAY - 1, 9, None, message.replace("3", "12")),
    ]
    told = facts_of("+8619790000001", mentions)
    assert told == facts_of("+8619790000001", reversed(mentions))
    assert (told.first_day, told.last_day) == (DAY - 1, DAY + 2)
    assert [teller for _, teller in told.institutions] == [3]
    assert told.scripts == ((script_of(message), 5),)


def test_only_what_is_told_most_counts() -> None:
    mentions = [Mention(DAY, 1, f"虚构{letter}", None) for letter in "甲甲甲甲甲乙乙乙丙丙丁丁丁戊戊戊"]
    told = facts_of("+8619790000001", mentions)
    expected = facts_of("+8619790000001", [Mention(DAY, 1, f"虚构{letter}", None) for letter in "甲甲乙丁戊"])
    assert len(told.institutions) == MOST_VALUES
    assert told.institutions[0] == expected.institutions[0]


@pytest.mark.parametrize("written", ["虚构信贷", " 虚构 信贷。", "「虚构信贷」"])
def test_an_institution_is_one_however_it_is_written(written: str) -> None:
    assert plain_name(written) == plain_name("虚构信贷")
    assert plain_name("ＡＢＣ Credit") == plain_name("abc-credit")


def test_chances_are_those_of_the_comments() -> None:
    assert poisson_tail(3, 0.01) == pytest.approx(1.7e-7, rel=0.05)
    assert poisson_tail(3, 0.1) == pytest.approx(1.5e-4, rel=0.05)
    assert poisson_tail(10, 1.0) == pytest.approx(1.1e-7, rel=0.05)
    assert chance_of_time([0, 4, 9]) == pytest.approx(0.037, abs=5e-4)
    assert chance_of_time([0, 1, 4, 9, 2]) == pytest.approx(0.00076, abs=5e-6)
    assert chance_of_time([0, 30, 59]) == 1.0
