"""In any situation somebody takes it, nobody is sent where they are not taken, and what is unknown is asked."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.words import VIOLATIONS
from service.rules.answers import routing_on
from service.rules.bases import bases_for
from service.rules.catalogue import Catalogue
from service.rules.respondents import Respondent
from service.rules.route import Stage, route
from service.rules.situation import Circumstance, Matter, Product, Relation, Reply, Situation

TODAY = date(2026, 11, 30)
NEW_LAW = date(2026, 1, 1)
LENDERS = {Respondent.BANK, Respondent.CONSUMER_FINANCE, Respondent.SMALL_LOAN, Respondent.INTERNET_PLATFORM}
SITUATIONS = st.builds(
    Situation,
    relation=st.sampled_from(Relation),
    respondent=st.sampled_from(Respondent),
    licensed=st.sampled_from(Reply),
    product=st.sampled_from(Product),
    matter=st.sampled_from(Matter),
    **{one.value: st.sampled_from(Reply) for one in Circumstance},
)


def steps_of(catalogue: Catalogue, *violations: str, **known: Any) -> list[str]:
    """The channels in their order."""
    return [step.channel.id for step in route(catalogue, violations, situation=Situation(**known), on=TODAY)]


def cited(
    catalogue: Catalogue, *violations: str, known: Mapping[str, Any] | None = None, on: date = TODAY
) -> set[str]:
    """The ids of the rules that are cited."""
    bases = bases_for(catalogue, violations, situation=Situation(**(known or {})), on=on)
    return {basis.rule.id for basis in (*bases.legal_basis, *bases.norm_basis)}


def test_every_person_party_licence_and_violation_has_a_usable_channel_and_none_that_is_not(
    shipped: Catalogue,
) -> None:
    grid = list(product(Relation, Respondent, Reply, (None, *VIOLATIONS)))
    assert len(grid) == 5 * 11 * 3 * 18
    for relation, respondent, licensed, violation in grid:
        situation = Situation(relation=relation, respondent=respondent, licensed=licensed)
        steps = route(shipped, [violation] if violation else [], situation=situation, on=TODAY)
        takers = [
            step.channel.id
            for step in steps
            if step.channel.accepts and step.stage not in (Stage.LAST_RESORT, Stage.EMERGENCY)
        ]
        assert takers, (situation, violation)
        for step in steps:
            assert step.channel.takes_on(situation.party), (situation, step.channel.id)
            if relation is Relation.UNKNOWN and step.channel.people:
                assert all(why.condition for why in step.reasons), step.channel.id
            else:
                assert step.channel.people is None or relation in step.channel.people, step.channel.id


@given(st.sets(st.sampled_from(VIOLATIONS)), SITUATIONS, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_in_any_situation_an_order_with_reasons_and_emergencies_first(
    shipped: Catalogue, violations: set[str], situation: Situation, on: date
) -> None:
    told = routing_on(shipped, sorted(violations), situation=situation, on=on)
    stages = [step.stage for step in told.steps]
    order = ["emergency", "first", "second", "fallback", "last_resort"]
    assert stages == sorted(stages, key=order.index)
    assert all(step.reasons for step in told.steps)
    assert len({step.channel for step in told.steps}) == len(told.steps)
    unanswered = {one.id for one in told.questions}
    assert all(getattr(situation, one) == "unknown" for one in unanswered)
    assert not {one.question for one in told.if_so} - set(Circumstance)
    if situation.party is not Respondent.UNLICENSED_LENDER:
        assert "293之一" not in told.model_dump_json(include={"legal_basis", "conditional", "if_so"})


@pytest.mark.parametrize(
    "relation", [one for one in Relation if one not in (Relation.DEBTOR, Relation.UNKNOWN)]
)
def test_a_consumers_complaint_is_never_offered_to_somebody_who_owes_nothing(
    shipped: Catalogue, relation: Relation
) -> None:
    for respondent, violation in product(Respondent, VIOLATIONS):
        found = steps_of(shipped, violation, relation=relation, respondent=respondent)
        assert not {"nfra_complaint", "consumer_council"} & set(found), (respondent, violation)
    assert "nfra_report" in steps_of(shipped, "third_party", relation="third_party", respondent="bank")


def test_the_peoples_bank_takes_payment_institutions_and_credit_agencies_only(shipped: Catalogue) -> None:
    takes = {
        respondent
        for respondent, violation in product(Respondent, VIOLATIONS)
        if "pboc" in steps_of(shipped, violation, relation="debtor", respondent=respondent)
    }
    assert takes == {Respondent.PAYMENT_INSTITUTION, Respondent.CREDIT_REPORTING}


@pytest.mark.parametrize(
    ("violations", "known", "first"),
    [
        (["third_party"], {"relation": "third_party", "respondent": "bank"}, ["institution", "nfra_report"]),
        (["frequency"], {"relation": "debtor", "respondent": "bank"}, ["institution", "nfra_complaint"]),
        (["frequency"], {"relation": "debtor", "respondent": "small_loan"}, ["local_finance"]),
        (
            ["wrong_person"],
            {"relation": "wrong_person", "respondent": "bank"},
            ["institution", "nfra_report"],
        ),
        (["fraud"], {"paid": "yes"}, ["police", "own_bank", "anti_fraud"]),
        (["threat"], {"danger": "yes"}, ["police"]),
        (["impersonation"], {"court": "yes"}, ["court", "police"]),
        (["forged_document"], {}, ["court", "police"]),
        (["spoofed_caller"], {"relation": "owner"}, ["carrier", "police", "telecom"]),
        ([], {"paid": "yes", "relation": "owner"}, ["police", "own_bank", "anti_fraud", "carrier"]),
    ],
)
def test_who_comes_first(
    shipped: Catalogue, violations: list[str], known: dict[str, str], first: list[str]
) -> None:
    assert steps_of(shipped, *violations, **known)[: len(first)] == first


def test_what_helps_elsewhere_is_offered_where_it_fits(shipped: Catalogue) -> None:
    assert "gang_crime" in steps_of(shipped, "threat", organised="yes")
    assert "gang_crime" not in steps_of(shipped, "threat", organised="no")
    assert "telecom" in steps_of(shipped, "robocall")
    found = steps_of(shipped, "robocall")
    assert found.index("carrier") < found.index("telecom"), "the carrier has fifteen days first"
    assert "procuratorate" in steps_of(shipped, "threat", matter="criminal")
    assert "procuratorate" not in steps_of(shipped, "threat", matter="public_order")
    assert "consumer_council" in steps_of(shipped, "fees_rollover", relation="debtor", respondent="merchant")
    assert "legal_aid" in steps_of(shipped)
    assert "court" not in steps_of(shipped, "forged_document", court="no")


def test_nothing_is_known_so_everything_that_matters_is_asked_with_how_to_find_out(
    shipped: Catalogue,
) -> None:
    told = routing_on(shipped, ["threat"], situation=Situation(), on=TODAY)
    asked = {one.id: one for one in told.questions}
    assert next(iter(asked)) == "danger"
    assert {"relation", "respondent", "licensed", "area_code", "matter", "paid", "repeated"} <= set(asked)
    assert "product" not in asked, "asked of a bank's customers"
    assert "95" in asked["respondent"].find_out.zh
    assert "征信报告" in asked["respondent"].find_out.zh
    for one in asked.values():
        assert "unknown" in {answer.value for answer in one.answers}
    answered = routing_on(
        shipped, ["threat"], situation=Situation(relation="debtor", respondent="bank"), on=TODAY
    )
    assert {"relation", "respondent", "licensed"}.isdisjoint({one.id for one in answered.questions})
    assert "product" in {one.id for one in answered.questions}


def test_the_area_code_goes_in_front_of_the_number_of_a_place(shipped: Catalogue) -> None:
    known = Situation(relation="debtor", respondent="small_loan", area_code="0571")
    told = routing_on(shipped, ["frequency"], situation=known, on=TODAY)
    dialled = {step.channel: step.telephone for step in told.steps}
    assert dialled["local_finance"] == "0571-12345"
    unknown = routing_on(shipped, ["frequency"], situation=Situation(respondent="small_loan"), on=TODAY)
    assert {step.channel: step.telephone for step in unknown.steps}["local_finance"] == "12345"
    summons = routing_on(shipped, ["forged_document"], situation=known, on=TODAY)
    court = next(step for step in summons.steps if step.channel == "court")
    assert court.telephone == "12368", "the court is not where the company has its seat"


@pytest.mark.parametrize(
    ("respondent", "licensed", "party"),
    [
        ("small_loan", "no", "unlicensed_lender"),
        ("unknown", "no", "unlicensed_lender"),
        ("bank", "no", "unknown"),
        ("consumer_finance", "no", "unknown"),
        ("unlicensed_lender", "yes", "unknown"),
        ("internet_platform", "no", "internet_platform"),
        ("unknown", "yes", "unknown"),
        ("small_loan", "unknown", "small_loan"),
    ],
)
def test_a_licence_that_contradicts_the_party_is_not_guessed_away(
    respondent: str, licensed: str, party: str
) -> None:
    assert Situation(respondent=respondent, licensed=licensed).party == party


NEVER = [
    # the rule, what would have to be known for it, and a case without it
    ("card.68", ["threat"], {"respondent": "bank", "product": "loan"}),
    ("card.68", ["threat"], {"respondent": "bank"}),
    ("card.68", ["threat"], {"respondent": "consumer_finance", "product": "credit_card"}),
    ("cl.245", ["visit_threat"], {}),
    ("cl.279", ["impersonation"], {}),
    ("cl.279", ["impersonation"], {"officials": "no"}),
    ("cl.280", ["forged_document"], {"officials": "no"}),
    ("cc.680", ["fees_rollover"], {"interest": "no"}),
    ("cl.274", ["threat"], {}),
    ("psapl.50.5", ["threat"], {}),
    ("psapl.50.2", ["insult"], {}),
    ("atf.13", list(VIOLATIONS), {}),
    ("cpl.14", ["insult"], {"relation": "third_party"}),
    ("cl.293-1", list(VIOLATIONS), {"respondent": "bank", "licensed": "no"}),
]


@pytest.mark.parametrize(("rule", "violations", "known"), NEVER)
def test_it_is_not_cited_without_what_it_takes(
    shipped: Catalogue, rule: str, violations: list[str], known: dict[str, str]
) -> None:
    assert rule not in cited(shipped, *violations, known=known)


@pytest.mark.parametrize(
    ("rule", "violation", "known"),
    [
        ("card.68", "threat", {"respondent": "bank", "product": "credit_card"}),
        ("cl.245", "visit_threat", {"entered": "yes"}),
        ("cl.279", "impersonation", {"officials": "yes"}),
        ("cl.280", "forged_document", {"officials": "yes"}),
        ("cc.680", "fees_rollover", {"interest": "yes"}),
        ("cl.274", "threat", {"money_demanded": "yes"}),
        ("psapl.50.1", "threat", {}),
        ("psapl.50.5", "threat", {"repeated": "yes"}),
        ("psapl.50.5", "frequency", {}),
        ("atf.14", "spoofed_caller", {}),
        ("pipl.47", "wrong_person", {}),
        ("pipl.47", "third_party", {}),
        ("cpl.14", "insult", {"relation": "debtor"}),
        ("cl.293-1", "threat", {"respondent": "small_loan", "licensed": "no"}),
    ],
)
def test_it_is_cited_with_what_it_takes(
    shipped: Catalogue, rule: str, violation: str, known: dict[str, str]
) -> None:
    assert rule in cited(shipped, violation, known=known)


@pytest.mark.parametrize("known", [{}, {"respondent": "bank"}, {"product": "credit_card"}])
def test_what_may_apply_is_told_as_depending_on_it(shipped: Catalogue, known: dict[str, str]) -> None:
    bases = bases_for(shipped, ["threat"], situation=Situation(**known), on=TODAY)
    assert "card.68" in {basis.rule.id for basis in bases.conditional}
    assert {one.circumstance for one in bases.if_so} == {Circumstance.REPEATED, Circumstance.MONEY_DEMANDED}


@pytest.mark.parametrize(
    ("violation", "known", "old", "new"),
    [
        ("threat", {}, "psapl2012.42.1", "psapl.50.1"),
        ("insult", {"public": "yes"}, "psapl2012.42.2", "psapl.50.2"),
        ("insult", {"repeated": "yes"}, "psapl2012.42.5", "psapl.50.5"),
        ("frequency", {}, "psapl2012.42.5", "psapl.50.5"),
        ("disclosure", {}, "psapl2012.42.6", "psapl.50.6"),
        ("third_party", {}, "psapl2012.42.5", "psapl.50.5"),
        ("visit_threat", {}, "psapl2012.26.4", "psapl.30.4"),
        ("call_bombing", {}, "psapl2012.26.4", "psapl.30.4"),
        ("fraud", {}, "psapl2012.49", "psapl.58"),
        ("threat", {"money_demanded": "yes"}, "psapl2012.49", "psapl.58"),
        ("impersonation", {}, "psapl2012.51", "psapl.62"),
        ("forged_document", {}, "psapl2012.52", "psapl.63"),
    ],
)
def test_the_public_order_law_of_the_day_of_the_call(
    shipped: Catalogue, violation: str, known: dict[str, str], old: str, new: str
) -> None:
    last = cited(shipped, violation, on=NEW_LAW - timedelta(days=1), known=known)
    first = cited(shipped, violation, on=NEW_LAW, known=known)
    assert (old in last, new in last, old in first, new in first) == (True, False, False, True)
    assert not [rule for rule in last if rule.startswith("psapl.")]
    assert not [rule for rule in first if rule.startswith("psapl2012.")]


def test_every_rule_that_changes_is_in_force_on_exactly_its_days(shipped: Catalogue) -> None:
    for rule in shipped.rules.values():
        for day, is_in_force in ((rule.effective_from, True), (rule.effective_to, True)):
            if day:
                assert rule.is_in_force(day) is is_in_force
        if rule.effective_from:
            assert not rule.is_in_force(rule.effective_from - timedelta(days=1))
        if rule.effective_to:
            assert not rule.is_in_force(rule.effective_to + timedelta(days=1))


def test_before_filing_people_are_told_to_say_the_truth_and_keep_the_original(shipped: Catalogue) -> None:
    told = routing_on(shipped, ["fraud"], situation=Situation(paid="yes"), on=TODAY)
    words = "".join(one.text.zh for one in told.before_filing)
    assert "诬告陷害" in words
    assert "原件" in words
    assert "不要剪辑" in words
    assert "不要再付款" in next(one.do.zh for one in told.emergencies if one.circumstance == "paid")
    assert {one.circumstance for one in told.emergencies} == {"danger", "paid", "court"}
