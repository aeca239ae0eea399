"""Which channels fit, in which order, and why."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.words import VIOLATIONS
from service.rules.bases import bases_for
from service.rules.catalogue import Catalogue
from service.rules.entries import RuleKind
from service.rules.respondents import Respondent
from service.rules.route import Stage, route
from service.rules.situation import Relation, Situation

TODAY = date(2026, 11, 25)
SETS = st.sets(st.sampled_from(VIOLATIONS))


def turns(catalogue: Catalogue, *violations: str, by: Respondent = Respondent.UNKNOWN) -> list[str]:
    steps = route(catalogue, violations, situation=Situation(respondent=by), on=TODAY)
    return [step.channel.id for step in steps if step.stage is not Stage.LAST_RESORT and step.channel.accepts]


@pytest.mark.parametrize(
    ("violation", "by", "expected"),
    [
        (
            "threat",
            "bank",
            ["police", "institution", "nfra_complaint", "nfra_report", "gang_crime", "procuratorate"],
        ),
        (
            "threat",
            "small_loan",
            ["police", "local_finance", "gang_crime", "institution", "nifa", "samr", "procuratorate"],
        ),
        ("threat", "unknown", ["police", "12321", "gang_crime", "procuratorate"]),
        ("frequency", "unknown", ["12321", "police", "carrier", "telecom"]),
        (
            "frequency",
            "internet_platform",
            ["nifa", "police", "12321", "carrier", "telecom", "institution", "samr", "consumer_council"],
        ),
        (
            "quiet_hours",
            "consumer_finance",
            ["institution", "nfra_complaint", "nfra_report", "nifa", "12321"],
        ),
        ("third_party", "internet_platform", ["nifa", "police", "institution", "samr", "consumer_council"]),
        ("disclosure", "bank", ["police", "institution", "nfra_complaint", "nfra_report", "illegal_content"]),
        ("wrong_person", "insurer", ["institution", "nfra_complaint", "nfra_report", "12321"]),
        ("robocall", "unknown", ["12321", "carrier", "telecom"]),
        ("spoofed_caller", "unknown", ["12321", "carrier", "police", "telecom"]),
        (
            "call_bombing",
            "unlicensed_lender",
            ["police", "carrier", "12321", "telecom", "gang_crime", "local_finance", "procuratorate"],
        ),
        ("fees_rollover", "merchant", ["samr", "consumer_council", "institution", "12321"]),
        ("after_refusal", "telecom", ["carrier", "telecom", "12321", "samr", "consumer_council"]),
    ],
)
def test_channels_come_in_their_order(
    shipped: Catalogue, violation: str, by: str, expected: list[str]
) -> None:
    assert turns(shipped, violation, by=Respondent(by)) == expected


def test_with_several_violations_a_channel_stands_where_its_most_urgent_puts_it(shipped: Catalogue) -> None:
    found = turns(shipped, "quiet_hours", "threat", by=Respondent.BANK)
    assert found[:2] == ["police", "institution"], "though more speaks for the regulator"
    assert found == turns(shipped, "threat", "quiet_hours", by=Respondent.BANK), "not by the order of asking"


def test_without_violations_the_party_alone_decides(shipped: Catalogue) -> None:
    assert turns(shipped) == ["12321"]
    assert turns(shipped, by=Respondent.SMALL_LOAN) == ["local_finance", "institution", "nifa", "samr"]


def test_an_insult_goes_to_the_police_only_on_a_condition(shipped: Catalogue) -> None:
    steps = route(shipped, ["insult"], situation=Situation(respondent=Respondent.UNKNOWN), on=TODAY)
    police = next(step for step in steps if step.channel.id == "police")
    conditions = [why.condition.zh for why in police.reasons if why.condition]
    assert conditions == ["多次发生"]


@given(
    violations=SETS, respondent=st.sampled_from(Respondent), on=st.dates(date(2000, 1, 1), date(2050, 1, 1))
)
def test_every_way_leads_somewhere_says_why_and_keeps_its_order(
    shipped: Catalogue, violations: set[str], respondent: Respondent, on: date
) -> None:
    steps = route(shipped, violations, situation=Situation(respondent=respondent), on=on)
    ids = [step.channel.id for step in steps]
    assert len(ids) == len(set(ids)) >= 2
    assert ids[-1] == "petition"
    for step in steps:
        assert step.reasons
        assert step.channel.takes_on(respondent)
        assert step.channel.is_in_force(on)
        for earlier in step.channel.after:
            assert earlier not in ids or ids.index(earlier) < ids.index(step.channel.id)
    assert all(one.stage <= other.stage for one, other in pairwise(steps))


@given(violations=SETS, respondent=st.sampled_from(Respondent))
def test_the_police_is_among_them_whenever_a_public_order_or_criminal_rule_is_cited(
    shipped: Catalogue, violations: set[str], respondent: Respondent
) -> None:
    kinds = {
        basis.rule.kind
        for basis in bases_for(
            shipped, violations, situation=Situation(respondent=respondent), on=TODAY
        ).legal_basis
    }
    if kinds & {RuleKind.PUBLIC_ORDER, RuleKind.CRIMINAL}:
        assert "police" in turns(shipped, *violations, by=respondent)


def test_conduct_is_judged_by_its_own_day_wherever_it_is_filed(shipped: Catalogue) -> None:
    unlicensed = Respondent.UNLICENSED_LENDER
    for day, expected in ((date(2021, 2, 28), False), (date(2021, 3, 1), True)):
        steps = route(
            shipped,
            ["threat"],
            situation=Situation(respondent=unlicensed),
            on=TODAY,
            conduct=[(day, ["threat"])],
        )
        police = next(step for step in steps if step.channel.id == "police")
        assert any("治安" in why.text.zh for why in police.reasons)
        bases = bases_for(shipped, ["threat"], situation=Situation(respondent=unlicensed), on=day)
        assert ("cl.293-1" in [basis.rule.id for basis in bases.legal_basis]) == expected


def test_a_channel_is_not_offered_before_it_exists(shipped: Catalogue) -> None:
    closed = shipped.channels["12321"].model_copy(update={"effective_from": date(2026, 11, 26)})
    later = Catalogue(
        **{name: getattr(shipped, name) for name in Catalogue.__slots__}
        | {"channels": {**shipped.channels, "12321": closed}}
    )
    assert turns(later, "robocall") == ["carrier", "telecom"]


@pytest.mark.parametrize(
    ("relation", "first"),
    [
        (Relation.DEBTOR, ["samr"]),
        (Relation.THIRD_PARTY, ["12321", "institution"]),
        (Relation.WRONG_PERSON, ["12321", "institution"]),
        (Relation.OWNER, ["carrier"]),
        (Relation.UNKNOWN, ["samr"]),
    ],
)
def test_market_supervision_is_for_consumers_and_others_are_sent_to_who_takes_them(
    shipped: Catalogue, relation: Relation, first: list[str]
) -> None:
    situation = Situation(respondent=Respondent.MERCHANT, relation=relation)
    steps = route(shipped, ["frequency", "third_party"], situation=situation, on=TODAY)
    assert [step.channel.id for step in steps if step.stage is Stage.FIRST] == first
    assert "police" in [step.channel.id for step in steps if step.stage is Stage.SECOND]
    if relation is Relation.UNKNOWN:
        assert all(why.condition and "本人是借款人" in why.condition.zh for why in steps[0].reasons)


@pytest.mark.parametrize("relation", [Relation.THIRD_PARTY, Relation.WRONG_PERSON, Relation.OWNER])
@pytest.mark.parametrize("party", Respondent)
def test_a_consumers_channel_is_offered_to_no_one_else(
    shipped: Catalogue, party: Respondent, relation: Relation
) -> None:
    situation = Situation(respondent=party, relation=relation)
    steps = route(shipped, VIOLATIONS, situation=situation, on=TODAY)
    assert {"samr", "nfra_complaint", "consumer_council"}.isdisjoint(step.channel.id for step in steps)
