"""Ids of campaigns: kept while the campaign lives on, random where it is new."""

import re
from collections.abc import Callable
from random import Random

from service.campaigns.names import name_campaigns


def random_bytes(seed: int = 1) -> Callable[[int], bytes]:
    return Random(seed).randbytes


def test_a_new_campaign_gets_a_random_id() -> None:
    named = name_campaigns([("a", "b", "c"), ("d", "e", "f")], {}, random_bytes())
    assert named["a"] == named["b"] == named["c"] != named["d"]
    assert all(re.fullmatch(r"c-[a-z2-7]{10}", name) for name in named.values())
    assert name_campaigns([("a", "b", "c")], {}, random_bytes(2))["a"] != named["a"]


def test_a_campaign_that_grows_and_loses_keeps_its_id() -> None:
    earlier = dict.fromkeys("abc", "c-aaaaaaaaaa")
    assert name_campaigns([("b", "c", "x", "y")], earlier, random_bytes()) == dict.fromkeys(
        "bcxy", "c-aaaaaaaaaa"
    )


def test_of_two_parts_the_larger_keeps_the_id() -> None:
    earlier = dict.fromkeys("abcdefg", "c-aaaaaaaaaa")
    named = name_campaigns([("a", "b", "c"), ("d", "e", "f", "g")], earlier, random_bytes())
    assert named["d"] == "c-aaaaaaaaaa" != named["a"]


def test_of_two_that_become_one_the_larger_gives_its_id() -> None:
    earlier = dict.fromkeys("abc", "c-aaaaaaaaaa") | dict.fromkeys("defg", "c-bbbbbbbbbb")
    assert set(name_campaigns([tuple("abcdefg")], earlier, random_bytes()).values()) == {"c-bbbbbbbbbb"}


def test_the_id_of_a_campaign_that_is_no_more_is_not_given_to_another() -> None:
    first = name_campaigns([("a", "b", "c")], {}, random_bytes())
    second = name_campaigns([("x", "y", "z")], first, random_bytes())  # draws the same bytes first
    assert second["x"] != first["a"]
