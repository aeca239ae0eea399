"""`dunwatch evaluate campaigns` and `dunwatch campaigns`: results on standard output, words on standard error."""

import json

from tests.command_line import Dunwatch


def test_campaigns_of_simulated_crowds_are_measured_the_same_twice(dunwatch: Dunwatch) -> None:
    first = dunwatch("evaluate", "campaigns", "--seeds", "1", "--json")
    assert first.returncode == 0, first.stderr
    variants = {one["variant"]: one for one in json.loads(first.stdout)["variants"]}
    plain, withheld = variants["as simulated"], variants["blocks withheld"]
    assert plain["precision"] > 0.99
    assert plain["recall"] > 0.9
    assert withheld["recall"] < plain["recall"], "without blocks there is less to go by"
    told = dunwatch("evaluate", "campaigns", "--seeds", "1")
    assert f"| as simulated | {plain['precision']:.4f} | {plain['recall']:.4f} |" in told.stdout
    assert told.stdout.count("\n") == len(variants) + 2


def test_campaigns_are_looked_for_by_hand(dunwatch: Dunwatch) -> None:
    told = dunwatch("campaigns")
    assert told.returncode == 0, told.stderr
    assert "0 campaigns with 0 of 0 listed numbers" in told.stderr
