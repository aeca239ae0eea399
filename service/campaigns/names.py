"""Ids of campaigns: random, so that they reveal nothing, and kept as long as the campaign exists."""

from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

PREFIX = "c-"
LETTERS = 10  # five bits each: two of a million campaigns collide with a probability of 0.0004, and then one is drawn again

RandomBytes = Callable[[int], bytes]


def name_campaigns(
    campaigns: Sequence[Sequence[str]], earlier: Mapping[str, str], random_bytes: RandomBytes
) -> dict[str, str]:
    """Return the id of each number's campaign: that of the earlier campaign it shares most numbers with, or a new one.

    An earlier id goes to the campaign that shares most numbers with it; among equals, to the first.
    """
    shared = Counter(
        (place, earlier[number])
        for place, campaign in enumerate(campaigns)
        for number in campaign
        if number in earlier
    )
    name_of: dict[int, str] = {}
    taken = set[str]()
    for place, name in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if place not in name_of and name not in taken:
            name_of[place] = name
            taken.add(name)
    taken.update(earlier.values())  # ids of campaigns that have ended are not used again at once
    for place in range(len(campaigns)):
        if place not in name_of:
            name_of[place] = _new_name(taken, random_bytes)
            taken.add(name_of[place])
    return {number: name_of[place] for place, campaign in enumerate(campaigns) for number in campaign}


def _new_name(taken: Iterable[str], random_bytes: RandomBytes) -> str:
    while (name := PREFIX + b32encode(random_bytes(LETTERS))[:LETTERS].decode().lower()) in taken:
        pass
    return name
