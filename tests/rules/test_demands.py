"""What a person may demand, by which right, and what comes before everything else."""

from datetime import date

import pytest

from service.rules.answers import routing_on
from service.rules.catalogue import Catalogue
from service.rules.situation import Situation

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("violation", "relation", "demands"),
    [
        ("threat", "debtor", {"stop", "apologise", "compensate", "injunction"}),
        ("wrong_person", "wrong_person", {"stop", "delete", "correct", "explain", "compensate_information"}),
        ("third_party", "third_party", {"stop", "delete", "explain", "apologise", "compensate_information"}),
        ("threat", "owner", set()),
    ],
)
def test_what_a_person_may_demand_rests_on_rules(
    shipped: Catalogue, violation: str, relation: str, demands: set[str]
) -> None:
    told = routing_on(shipped, [violation], situation=Situation(relation=relation), on=TODAY).demands
    assert {demand.id for demand in told} == demands
    rules = {rule for demand in told for rule in demand.rules}
    assert not demands or "cc.995" in rules
    assert ("cc.997" in rules) == ("injunction" in demands)
    assert ("pipl.47" in rules) == ("delete" in demands)


def test_nobody_demands_by_a_right_of_somebody_else(shipped: Catalogue) -> None:
    def rules(relation: str, *violations: str) -> dict[str, tuple[str, ...]]:
        told = routing_on(shipped, violations, situation=Situation(relation=relation), on=TODAY).demands
        return {demand.id: demand.rules for demand in told}

    assert rules("debtor", "threat")["compensate"] == ("cc.995", "cpl.50")
    for other in ("third_party", "wrong_person", "unknown"):
        assert rules(other, "threat")["compensate"] == ("cc.995",), "a consumer's right"
    assert "delete" not in rules("debtor", "third_party", "disclosure"), (
        "whose debt stands, the lender may know"
    )
    assert "delete_online" in rules("debtor", "disclosure")
    assert "delete" not in rules("unknown", "third_party")


@pytest.mark.parametrize("violation", ["threat", "visit_threat"])
def test_whoever_is_threatened_is_told_first_to_call_if_in_danger(shipped: Catalogue, violation: str) -> None:
    first = routing_on(shipped, [violation], situation=Situation(), on=TODAY).steps[0]
    assert (first.channel, first.stage, first.telephone) == ("police", "emergency", "110")
    assert first.reasons[0].condition is not None
    told = routing_on(shipped, [violation], situation=Situation(danger="no"), on=TODAY).steps[0]
    assert (told.channel, told.stage) == ("police", "first")
