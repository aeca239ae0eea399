"""`dunwatch simulate`: results on standard output, words on standard error, nothing half-written."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.command_line import Dunwatch, Ended, Forking

Simulate = Callable[..., Ended]


@pytest.fixture
def simulate(forking: Forking) -> Simulate:
    """The command with as little to do as it can be given."""
    return partial(Dunwatch(forking, {}), "simulate", "--seeds", 1, "--targets", 20)


def test_json_is_the_same_twice_and_the_figure_is_svg(simulate: Simulate, tmp_path: Path) -> None:
    figure = tmp_path / "grid.svg"
    first = simulate("--attack", "fresh", "--attack", "rings", "--json", "--figure", figure)
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert {cell["attack"] for cell in document["cells"]} == {"fresh", "rings"}
    goals = {goal["what"]: goal for goal in document["goals"]}
    assert goals["fresh accounts: confirmed"]["measured"] == 0
    assert goals["fresh accounts: highest trust"]["measured"] <= 0.649
    assert ElementTree.parse(figure).getroot().tag.endswith("svg")
    assert simulate("--attack", "rings", "--attack", "fresh", "--json").stdout == first.stdout


def test_a_table_is_printed_for_people(simulate: Simulate) -> None:
    told = simulate("--attack", "whitewash")
    assert told.returncode == 0, told.stderr
    assert "| whitewashing: automatic removals | <= 0 | 0.0000 | met |" in told.stdout


@pytest.mark.parametrize("others", [(), ("--attack", "fresh")])
def test_an_unknown_attack_is_named_and_nothing_is_written(
    simulate: Simulate, tmp_path: Path, others: tuple[str, ...]
) -> None:
    figure = tmp_path / "grid.svg"
    told = simulate(*others, "--attack", "nuke", "--figure", figure)
    assert (told.returncode, told.stdout) == (2, "")
    assert "nuke" in told.stderr
    assert "rotation" in told.stderr
    assert not figure.exists()


@pytest.mark.parametrize("name", ["grid.png", "nowhere/grid.svg"])
def test_a_figure_that_cannot_be_written_is_refused_before_the_work(
    simulate: Simulate, tmp_path: Path, name: str
) -> None:
    told = simulate("--attack", "fresh", "--figure", tmp_path / name)
    assert (told.returncode, told.stdout) == (2, "")
    assert "--figure" in told.stderr
