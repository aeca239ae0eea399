"""What is cited: law apart from norm, on the day of the conduct, and never 刑法 293之一 against a licensed lender."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ml.words import VIOLATIONS
from service.rules.bases import bases_for, binds
from service.rules.catalogue import Catalogue
from service.rules.entries import Rule
from service.rules.respondents import Respondent
from service.rules.situation import Reply, Situation

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
SETS = st.sets(st.sampled_from(VIOLATIONS))


def cited(
    catalogue: Catalogue, *violations: str, by: Respondent = Respondent.UNKNOWN, on: date = TODAY
) -> set[str]:
    bases = bases_for(catalogue, violations, situation=Situation(respondent=by), on=on)
    return {basis.rule.id for basis in (*bases.legal_basis, *bases.norm_basis)}


@given(violations=SETS, respondent=st.sampled_from(Respondent), on=DAYS)
def test_whatever_was_done_and_whenever_the_crime_is_cited_only_against_unlicensed_lenders(
    shipped: Catalogue, violations: set[str], respondent: Respondent, on: date
) -> None:
    bases = bases_for(shipped, violations, situation=Situation(respondent=respondent), on=on)
    told = [basis.rule for basis in (*bases.legal_basis, *bases.norm_basis, *bases.conditional)]
    if respondent is not Respondent.UNLICENSED_LENDER:
        assert not [rule for rule in told if "293之一" in rule.title.zh or rule.id == "cl.293-1"]


def test_no_violation_and_no_day_on_which_anything_changes_is_an_exception(shipped: Catalogue) -> None:
    """What several violations cite is what each cites, so that this is every combination."""
    days = {day for rule in shipped.rules.values() for day in (rule.effective_from, rule.effective_to) if day}
    turns = {day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)}
    citing = {
        (violation, respondent)
        for violation in VIOLATIONS
        for respondent in Respondent
        for on in turns
        if "cl.293-1"
        in str(bases_for(shipped, [violation], situation=Situation(respondent=respondent), on=on))
    }
    assert {respondent for _, respondent in citing} == {Respondent.UNLICENSED_LENDER}
    assert {violation for violation, _ in citing} == {"threat", "visit_threat", "call_bombing"}


@given(violations=SETS, respondent=st.sampled_from(Respondent), on=DAYS)
def test_law_is_law_norm_is_norm_and_all_of_it_is_in_force_and_binds(
    shipped: Catalogue, violations: set[str], respondent: Respondent, on: date
) -> None:
    bases = bases_for(shipped, violations, situation=Situation(respondent=respondent), on=on)
    assert {basis.rule.basis for basis in bases.legal_basis} <= {"legal"}
    assert {basis.rule.basis for basis in bases.norm_basis} <= {"norm"}
    for basis in (*bases.legal_basis, *bases.norm_basis):
        assert basis.rule.is_in_force(on)
        assert binds(basis.rule, respondent)
        assert set(basis.violations) <= violations
    for basis in bases.conditional:
        rule = basis.rule
        assert rule.products or rule.relations or respondent is Respondent.UNKNOWN


@pytest.mark.parametrize("respondent", [one for one in Respondent if one is not Respondent.UNLICENSED_LENDER])
def test_the_code_refuses_it_even_where_a_rule_says_that_it_binds_everybody(
    shipped: Catalogue, respondent: Respondent
) -> None:
    rule: Rule = shipped.rules["cl.293-1"].model_copy(update={"respondents": None})
    assert not binds(rule, respondent)
    assert binds(rule, Respondent.UNLICENSED_LENDER)


def test_threats_by_a_lender_without_a_licence_may_be_that_crime(shipped: Catalogue) -> None:
    assert "cl.293-1" in cited(shipped, "threat", by=Respondent.UNLICENSED_LENDER)
    assert "cl.293-1" not in cited(shipped, "threat", by=Respondent.UNLICENSED_LENDER, on=date(2021, 2, 28))


def test_the_law_of_the_day_of_the_call_is_cited(shipped: Catalogue) -> None:
    assert {"psapl.50.1", "psapl2012.42.1"} & cited(shipped, "threat", on=date(2025, 12, 31)) == {
        "psapl2012.42.1"
    }
    assert {"psapl.50.1", "psapl2012.42.1"} & cited(shipped, "threat", on=date(2026, 1, 1)) == {"psapl.50.1"}


def test_a_rule_of_banks_binds_banks_and_is_conditional_while_the_party_is_unknown(
    shipped: Catalogue,
) -> None:
    assert "cba2026" in cited(shipped, "quiet_hours", by=Respondent.BANK)
    assert "cba2026" not in cited(shipped, "quiet_hours", by=Respondent.SMALL_LOAN)
    bases = bases_for(shipped, ["quiet_hours"], situation=Situation(respondent=Respondent.UNKNOWN), on=TODAY)
    assert [basis.rule.id for basis in bases.norm_basis] == []
    assert {basis.rule.id for basis in bases.conditional} == {"gbt45251", "nifa2018", "cba2026"}
    assert bases.legal_basis == ()


def test_the_standard_for_loans_is_not_cited_against_parties_that_do_not_lend(shipped: Catalogue) -> None:
    citing = {
        respondent for respondent in Respondent if "gbt45251" in cited(shipped, "frequency", by=respondent)
    }
    assert set(Respondent) - citing == {
        Respondent.UNKNOWN,
        Respondent.INSURER,
        Respondent.PAYMENT_INSTITUTION,
        Respondent.CREDIT_REPORTING,
        Respondent.MERCHANT,
        Respondent.TELECOM,
    }


def test_a_rule_is_told_once_with_all_violations_it_is_cited_for(shipped: Catalogue) -> None:
    bases = bases_for(
        shipped,
        ["third_party", "frequency", "third_party"],
        situation=Situation(respondent=Respondent.UNLICENSED_LENDER),
        on=TODAY,
    )
    (standard,) = bases.norm_basis
    assert standard.violations == ("frequency", "third_party")


def test_nothing_named_cites_nothing_and_an_unknown_violation_is_refused(shipped: Catalogue) -> None:
    assert cited(shipped) == set()
    with pytest.raises(KeyError):
        cited(shipped, "rudeness")


def test_no_rule_for_some_parties_is_cited_while_the_party_is_unknown(shipped: Catalogue) -> None:
    contradicted = Situation(respondent=Respondent.BANK, licensed=Reply.NO)
    for situation in (Situation(), contradicted):
        bases = bases_for(shipped, shipped.violations, situation=situation, on=TODAY)
        assert [one.rule.id for one in (*bases.legal_basis, *bases.norm_basis) if one.rule.respondents] == []
        named = {one.rule.id for one in bases.conditional}
        assert {"gbt45251", "cba2026", "nifa2018", "cpm.41"} <= named


@pytest.mark.parametrize("name", ["respondents", "products", "relations"])
def test_a_rule_that_names_the_unknown_among_those_it_binds_is_refused(shipped: Catalogue, name: str) -> None:
    fields = shipped.rules["gbt45251"].model_dump(exclude={"status_name", "remarks"})
    with pytest.raises(ValidationError, match="leave unknown out"):
        Rule.model_validate(fields | {name: ["unknown"]})
