"""The attack grid on a small world: the goals that are bounds hold on any size, and the grid can tell a bad gate."""

from collections.abc import Sequence
from functools import cache
from random import Random

import pytest

from ml.simulation.attack_figure import draw_figure
from ml.simulation.attack_grid import Cell, Seed, Share, add_up_cells
from ml.simulation.attacks import ATTACKS, UnknownAttackError, judge_goals, run_grid
from ml.simulation.evasions import rotation, whitewash
from ml.simulation.history import LivedWorld, live_through
from ml.simulation.recall import hostile, peace
from ml.simulation.sieges import fresh, partners, rings
from ml.simulation.world import World, WorldPlan, draw_reports, draw_world
from ml.trust import Thresholds

SMALL = WorldPlan(targets=60)


@cache
def world() -> World:
    return draw_world(SMALL, Random(3))


@cache
def seed() -> Seed:
    return Seed(0, targets=60)


def seasoned_share(history: LivedWorld) -> float:
    """The share of honest reports in the measured days that seasoned reporters made."""
    return sum(seasoned for _, seasoned in history.honest_evidence) / len(history.honest_evidence)


def cell(cells: Sequence[Cell], setting: str) -> Cell:
    (found,) = [one for one in cells if one.setting == setting]
    return found


class TestWorld:
    def test_the_same_seed_gives_the_same_world_and_another_another(self) -> None:
        assert draw_world(SMALL, Random(3)) == world()
        assert draw_world(SMALL, Random(4)) != world()

    def test_reports_spread_over_numbers_as_the_ftcs_do(self) -> None:
        rng = Random(1)
        counts = [draw_reports(rng) for _ in range(100_000)]
        four = [count for count in counts if count >= 4]
        for least, share in ((8, 0.302), (20, 0.055)):
            assert sum(count >= least for count in four) / len(four) == pytest.approx(share, abs=0.015)

    def test_filings_are_in_order_by_people_who_had_joined_and_once_per_number(self) -> None:
        filings = world().filings
        assert [filing.at for filing in filings] == sorted(filing.at for filing in filings)
        assert all(world().people[filing.person].joined_day < filing.at < SMALL.days for filing in filings)
        assert len({(filing.number, filing.person) for filing in filings}) == len(filings)

    def test_half_hostile_means_as_many_hostile_as_honest_people(self) -> None:
        people = draw_world(WorldPlan(targets=20, hostile_share=0.5), Random(1)).people
        assert sum(person.is_hostile for person in people) * 2 == len(people)


class TestHistory:
    def test_standing_is_earned_and_not_given(self) -> None:
        history = live_through(world(), Random(1))
        assert 0.3 < seasoned_share(history) < 0.95
        alone = live_through(draw_world(WorldPlan(targets=60, adjudicated=0.0), Random(3)), Random(1))
        assert seasoned_share(alone) == 0.0  # a crowd cannot lift itself out of nothing

    def test_mistakes_are_paid_for(self) -> None:
        history = live_through(world(), Random(1))
        overturned = sum(standing.overturned for standing in history.standings.values())
        harmless = sum(not number.is_abusive for number in world().numbers)
        assert 0 < overturned < harmless


class TestAttacks:
    def test_fresh_accounts_confirm_nothing_and_stay_below_suspected(self) -> None:
        cells = list(fresh(seed()))
        assert len(cells) == 12
        assert all(one.shares["confirmed"] == Share(0, 60) for one in cells)
        assert all(0.2 < (one.highest_probability or 0.0) <= 0.649 for one in cells)
        one_network = cell(cells, "1000 accounts on 1 network").highest_probability or 1.0
        assert one_network < 0.5 < (cell(cells, "1000 accounts on 50 networks").highest_probability or 0.0)

    def test_two_aged_clusters_are_too_few_and_three_are_enough(self) -> None:
        cells = list(rings(seed()))
        assert cell(cells, "2 aged clusters and 100 fresh accounts").shares["confirmed"].found <= 6
        assert cell(cells, "3 aged clusters").shares["confirmed"] == Share(60, 60)
        assert cell(cells, "5 unlinked aged accounts that report together").shares["confirmed"].found == 0

    def test_groups_of_a_partner_that_nobody_vetted_confirm_nothing(self) -> None:
        cells = list(partners(seed()))
        assert cell(cells, "not vetted, 100 groups").shares["confirmed"] == Share(0, 60)
        assert cell(cells, "vetted, 6 groups").shares["confirmed"] == Share(60, 60)
        (goal,) = judge_goals(cells)
        assert (goal.is_met, goal.measured) == (True, 0.0)

    def test_the_grid_tells_a_gate_without_the_third_cluster_from_ours(self) -> None:
        weaker = Seed(0, targets=60, thresholds=Thresholds(confirmed_third_seasoned=0.0))
        cells = list(rings(weaker))
        assert cell(cells, "2 aged clusters and 100 fresh accounts").shares["confirmed"] == Share(60, 60)
        assert not all(goal.is_met for goal in judge_goals(cells))

    def test_whitewashing_removes_nothing(self) -> None:
        cells = list(whitewash(seed()))
        assert len(cells) == 4
        assert all(one.shares["removed"].found == 0 and one.shares["removed"].of > 20 for one in cells)

    def test_the_fewer_reports_a_rotated_number_gets_the_less_is_found(self) -> None:
        found = [one.shares["confirmed"].found for one in rotation(seed())][:-1]
        assert found == sorted(found)
        assert found[0] == 0 < found[-1]

    def test_honest_reports_are_found_also_among_hostile_ones(self) -> None:
        cells = [next(iter(peace(seed()))), *hostile(seed())]
        for one in cells:
            assert (one.shares["suspected"].value or 0.0) > 0.85
            assert (one.shares["precision"].value or 0.0) > 0.9


class TestGrid:
    def test_the_same_arguments_give_the_same_cells_whatever_else_is_run(self) -> None:
        alone = run_grid(["rotation"], seeds=2, targets=20)
        both = run_grid(["rotation", "fresh"], seeds=2, targets=20)
        assert alone == [one for one in both if one.attack == "rotation"]
        assert alone[0].shares["confirmed"].of == 40

    def test_an_unknown_attack_is_refused_with_those_known(self) -> None:
        with pytest.raises(UnknownAttackError, match=r"'nuke'.*rings"):
            run_grid(["fresh", "nuke"], seeds=1, targets=10)

    def test_cells_add_up(self) -> None:
        first = Cell("a", "b", {"x": Share(1, 2)}, 0.3)
        second = Cell("a", "b", {"x": Share(0, 3)}, 0.4)
        assert add_up_cells([first, second]) == [Cell("a", "b", {"x": Share(1, 5)}, 0.4)]

    @pytest.mark.parametrize(
        ("bad", "missed"),
        [
            (Cell("fresh", "x", {"confirmed": Share(1, 1000)}, 0.6), "fresh accounts: confirmed"),
            (Cell("fresh", "x", {"confirmed": Share(0, 1000)}, 0.65), "fresh accounts: highest trust"),
            (Cell("hostile", "x", {"confirmed": Share(9, 10), "precision": Share(98, 100)}), "precision"),
            (Cell("rings", "2 aged clusters", {"confirmed": Share(6, 100)}), "one and two clusters"),
            (Cell("whitewash", "x", {"removed": Share(1, 1000)}), "removals"),
            (Cell("peace", "all", {"confirmed": Share(89, 100), "suspected": Share(99, 100)}), "confirmed"),
        ],
    )
    def test_a_missed_goal_is_told(self, bad: Cell, missed: str) -> None:
        told = [goal.what for goal in judge_goals([bad]) if not goal.is_met]
        assert len(told) == 1
        assert missed in told[0]

    def test_rings_of_three_are_no_goal(self) -> None:
        assert judge_goals([Cell("rings", "3 aged clusters", {"confirmed": Share(9, 9)})]) == []

    def test_loss_of_recall_is_measured_against_peace(self) -> None:
        calm = Cell("peace", "all", {"confirmed": Share(95, 100), "suspected": Share(99, 100)})
        stormy = Cell("hostile", "x", {"confirmed": Share(80, 100), "precision": Share(1, 1)})
        (goal,) = [goal for goal in judge_goals([calm, stormy]) if goal.what.endswith("loss of recall")]
        assert goal.measured == pytest.approx(0.15)
        assert not goal.is_met

    def test_the_figure_shows_every_cell(self) -> None:
        cells = [
            Cell(name, f"{name} <1>", {"confirmed": Share(1, 2), "suspected": Share(2, 2)})
            for name in ATTACKS
        ]
        figure = draw_figure(cells)
        assert figure.count("&lt;1&gt;") == len(ATTACKS)
        assert figure.count('fill="#1f4e79"') == len(ATTACKS)
        assert "<1>" not in figure
