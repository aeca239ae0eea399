"""What campaigns are measured on: crowds whose gangs are known, changed so that blocks do not give them away."""

from random import Random

from ml.blocks import blocks_of
from ml.classifier import Classifier
from ml.scripts import script_of
from ml.simulation.campaign_accuracy import (
    VARIANTS,
    Accuracy,
    Variant,
    draw_facts,
    list_numbers,
    measure_campaigns,
)
from ml.simulation.crowd import Crowd, CrowdPlan
from ml.simulation.messages import draw_script, quote_message
from ml.simulation.narratives import MARK
from ml.simulation.simulate import simulate_crowd

PLAN = CrowdPlan(first_day=20_000, days=200, gangs=25, harmless=800, reporters=1_500)
TODAY = PLAN.end_day - 1


def crowd() -> Crowd:
    return simulate_crowd(PLAN, Random(5))


def blocks(variant: Variant, model: Classifier) -> tuple[set[str], int]:
    """Blocks of 1,000 in which listed numbers lie, and how many gangs these are of."""
    simulated = crowd()
    listed = list_numbers(simulated, model, today=TODAY)
    facts, gang_of = draw_facts(simulated, listed, variant, Random(1), today=TODAY)
    assert {one.number for one in facts} == set(gang_of)
    gangs = {gang for gang in gang_of.values() if gang is not None}
    return {blocks_of(one.number)[2] for one in facts if blocks_of(one.number)}, len(gangs)


def test_the_truth_of_a_crowd_tells_gangs_and_nothing_of_harmless_numbers() -> None:
    truths = crowd().truths
    assert all((truth.gang is not None) == (truth.role == "collector") for truth in truths)
    assert len({truth.gang for truth in truths} - {None}) == PLAN.gangs


def test_variants_share_and_withhold_blocks(model: Classifier) -> None:
    own, gangs = blocks(Variant("own"), model)
    shared, _ = blocks(Variant("shared", gangs_a_block=3), model)
    withheld, _ = blocks(Variant("withheld", gangs_a_block=0), model)
    assert len(own) >= gangs
    assert len(shared) <= -(-gangs // 3)
    assert withheld == set()


def test_a_quoted_message_is_marked_and_keeps_its_script() -> None:
    rng = Random(3)
    script = draw_script(rng)
    quoted = [quote_message(rng, script) for _ in range(30)]
    assert all(text.startswith(MARK) for text in quoted)
    assert len(set(quoted)) == 30
    assert len({script_of(text) for text in quoted}) <= 4, "whole or in part, with names of two lengths"


def test_each_variant_is_measured_and_told_by_pairs(model: Classifier) -> None:
    steps: list[int] = []
    measured = measure_campaigns(model, seeds=[5], plan=PLAN, progress=lambda: steps.append(1))
    assert [one.variant for one in measured] == [variant.name for variant in VARIANTS]
    assert len(steps) == len(VARIANTS)
    for one in measured:
        assert one.pairs_right <= min(one.pairs_found, one.pairs_true)
        assert one.pure <= one.campaigns
    assert measured[0].pairs_found > 0
    assert Accuracy("none", 0, 0, 0, 0, 0, 0, 0).precision is None
    assert Accuracy("some", 9, 4, 6, 3, 12, 1, 0)[:2] == ("some", 9)
    assert (
        Accuracy("some", 9, 4, 6, 3, 12, 1, 0).precision,
        Accuracy("some", 9, 4, 6, 3, 12, 1, 0).recall,
    ) == (0.5, 0.25)
