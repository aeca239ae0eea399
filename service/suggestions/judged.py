"""Judges which violations sentences name: a small linear model, trained on sentences of the repository.

`python -m benchmarks.suggestions_training` writes `weights.npz` from `benchmarks/sentences/`. The model sees what the rules
say, which patterns matched at all, and the pieces of the text (`grams.py`). It may find what no pattern matches; the words
that led to it are then the clause whose pieces speak most for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from service.suggestions.grams import counted
from service.suggestions.unreal import signs

if TYPE_CHECKING:  # numpy is loaded by the first text that is judged: whoever serves need not wait for it
    import numpy as np
    from numpy.typing import NDArray

#: From this probability on a violation is suggested; docs/suggestions.md has what other values would give.
LEAST: Final = 0.5
#: The same where no pattern matches: nobody is to be accused for words that only resemble others.
LEAST_UNMATCHED: Final = 0.6
MOST_ODDS: Final = 40.0  # beyond it a probability is 0 or 1 in floating point
_CLAUSE: Final = re.compile("[^,。!?;\\n ][^,。!?;\\n]{0,159}")

Numbers: TypeAlias = "NDArray[np.float64]"


class Stretch(NamedTuple):
    """Some sentences of a text, with what the rules say of them."""

    begin: int  # its place in the text
    text: str
    meant: frozenset[str]  # violations that the rules find
    matched: frozenset[str]  # violations of which a pattern matched, meant or not
    is_other_matter: bool


class Weights(NamedTuple):
    """What was learnt: the weights of pieces for each violation and for none, and those of what is told together."""

    names: tuple[str, ...]
    idf: Numbers  # places
    pieces: Numbers  # violations and one more, by places; the last row is for texts that name nothing
    bias: Numbers  # violations + 1
    told: Numbers  # as `told_of` returns
    intercept: float


@cache
def shipped() -> Weights:
    """Return the weights that the package ships."""
    import numpy as np  # noqa: PLC0415

    with files("service.suggestions").joinpath("weights.npz").open("rb") as file, np.load(file) as kept:
        return Weights(
            names=tuple(kept["names"].tolist()),
            idf=kept["idf"].astype(np.float64),
            pieces=kept["pieces"].astype(np.float64) * kept["scale"][:, np.newaxis],
            bias=kept["bias"],
            told=kept["told"],
            intercept=float(kept["intercept"]),
        )


def probabilities(stretch: Stretch, weights: Weights) -> Mapping[str, float]:
    """Return for each violation that the weights know how probable it is that a stretch names it."""
    import numpy as np  # noqa: PLC0415

    rows = told_of(stretch, scores(stretch.text, weights), weights.names)
    odds = np.clip(rows @ weights.told + weights.intercept, -MOST_ODDS, MOST_ODDS)
    return MappingProxyType(
        {name: 1 / (1 + math.exp(-one)) for name, one in zip(weights.names, odds.tolist(), strict=True)}
    )


def scores(text: str, weights: Weights) -> Numbers:
    """Return the score of a text for each violation, and for none."""
    import numpy as np  # noqa: PLC0415

    found = counted(text)
    places = np.fromiter(found, dtype=np.int64)
    values = (1 + np.log(np.fromiter(found.values(), dtype=np.float64))) * weights.idf[places]
    return weights.pieces[:, places] @ (values / np.linalg.norm(values)) + weights.bias


def telling_clause(text: str, weights: Weights, violation: str) -> tuple[int, int]:
    """Return where the clause of a text begins and ends that, alone, has the highest score for a violation."""
    row = weights.names.index(violation)
    spans = [one.span() for one in _CLAUSE.finditer(text)] or [(0, len(text))]
    return max(spans, key=lambda span: float(scores(text[slice(*span)], weights)[row]))


def told_of(stretch: Stretch, scored: Numbers, names: tuple[str, ...]) -> Numbers:
    """Return one row for each violation: what the rules, the patterns and the pieces say of it and of the others."""
    import numpy as np  # noqa: PLC0415

    meant = np.array([name in stretch.meant for name in names], dtype=np.float64)
    matched = np.array([name in stretch.matched for name in names], dtype=np.float64)
    own = scored[:-1]
    highest = np.sort(own)[-2:]
    others = np.where(own == highest[1], highest[0], highest[1])
    around = [*signs(stretch.text), stretch.is_other_matter, len(stretch.text) / 30, scored[-1]]
    columns = [
        meant,
        matched,
        own,
        others,
        meant.sum() - meant,
        matched.sum() - matched,
        *(np.full(len(names), float(one)) for one in around),
    ]
    rows = np.stack(columns, axis=1)
    by = [rows * one[:, np.newaxis] for one in (meant, matched, own)]
    by += [np.diag(one) for one in (np.ones(len(names)), meant, own)]  # how far each violation's are believed
    return np.concatenate([rows, *by, np.maximum(own + 0.5, 0)[:, np.newaxis]], axis=1)
