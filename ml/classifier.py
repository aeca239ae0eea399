"""The classifier that serves: one lookup table per feature, loaded from JSON, with exact terms for reasons.

A score is the sum of one value per feature, in log-odds, and is then calibrated. It needs nothing but the standard
library; `ml.learning.fitting` makes the tables from gradient-boosted trees.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from ml.drift import Bins
from ml.log_odds import log_odds_of, probability_of
from ml.reasons import REASON_CODES, reason_of
from ml.signals import FEATURES, SIGNALS_VERSION, Signals
from ml.trust import PRIOR_SHARE

MODEL_FORMAT: Final = "dunwatch-additive-tables/1"
DEFAULT_MODEL: Final = Path(__file__).parent / "models" / "default.json"
MOST_LOG_ODDS: Final = 40.0  # beyond it a probability is 0 or 1 in floating point
LEAST_TERM: Final = 0.05  # log-odds: a smaller contribution is not worth giving as a reason

_CODES: Final = tuple(REASON_CODES)
_CODE_OF_FEATURE: Final = tuple(  # pairs of index in FEATURES and index in _CODES
    (index, _CODES.index(code))
    for index, feature in enumerate(FEATURES)
    if (code := reason_of(feature)) is not None
)


class ModelError(Exception):
    """Raised for a model that must not serve; `part` names the part of the document that is wrong."""

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(f"model {part}: {detail}")
        self.part = part
        self.detail = detail


class Score(NamedTuple):
    """The score of one number."""

    probability: float  # calibrated
    log_odds: float  # before calibration: the sum of `terms` and the model's intercept
    terms: Sequence[float]  # in the order of FEATURES; 0 is the average of the training data


@dataclass(frozen=True, slots=True)
class Table:
    """The values of one feature, in log-odds: `values[i]` applies for thresholds[i-1] < x <= thresholds[i]."""

    thresholds: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibration curve through points at ascending log-odds: linear in logits between them, level outside.

    A sigmoid fit is stored as two points far apart, an isotonic fit as its corners.
    """

    log_odds: tuple[float, ...]
    calibrated: tuple[float, ...]  # calibrated log-odds at these points

    def probability(self, log_odds: float) -> float:
        """Return the calibrated probability for log-odds before calibration."""
        index = bisect_left(self.log_odds, log_odds)
        if index == 0:
            value = self.calibrated[0]
        elif index == len(self.log_odds):
            value = self.calibrated[-1]
        else:
            low, high = self.log_odds[index - 1], self.log_odds[index]
            share = (log_odds - low) / (high - low)
            value = self.calibrated[index - 1] + share * (self.calibrated[index] - self.calibrated[index - 1])
        return 1.0 / (1.0 + math.exp(-value))


@dataclass(frozen=True)
class Classifier:
    """A loaded model. It is immutable, so that another can take its place between two scores."""

    version: str
    intercept: float
    tables: tuple[Table, ...]
    calibration: Calibration
    environment: dict[str, str]  # versions of Python and packages that it was trained with
    metrics: dict[str, float]
    question: str = "abusive"  # what the probability is about: "abusive" or "reported-again"
    base_rate: float = PRIOR_SHARE  # share of reported numbers for which the answer is yes
    reference: tuple[
        Bins, ...
    ] = ()  # distribution of each signal in training, to measure drift; () if unknown

    def consent(self, probability: float) -> float:
        """Return a probability adjusted to a base rate of `PRIOR_SHARE`, for which the gate's thresholds are set.

        These thresholds ask how far the model raises the odds: 0.50 means fourfold, 0.80 sixteenfold. For a model
        of numbers reported again, with a base rate of 0.0125, a probability of 0.05 becomes 0.51 and 0.17 becomes 0.80.
        """
        if self.base_rate == PRIOR_SHARE:
            return probability
        certain = min(max(probability, 1e-12), 1.0 - 1e-12)
        return probability_of(log_odds_of(certain) - log_odds_of(self.base_rate) + log_odds_of(PRIOR_SHARE))

    @cached_property
    def active(self) -> tuple[tuple[int, tuple[float, ...], tuple[float, ...]], ...]:
        """Index, thresholds and values of the tables with more than one value; most tables of a model are idle."""
        return tuple(
            [
                (index, table.thresholds, table.values)
                for index, table in enumerate(self.tables)
                if table.thresholds
            ]
        )

    @cached_property
    def idle(self) -> tuple[float, ...]:
        """The terms of the idle tables, which are the same whatever the signals; 0 for active tables."""
        return tuple([0.0 if table.thresholds else table.values[0] for table in self.tables])

    def score(self, signals: Signals) -> Score:
        """Return the score of signals in the order of `FEATURES`; raise ValueError if there are more or fewer."""
        if len(signals) != len(self.idle):
            raise ValueError(f"{len(signals)} signals, this model reads {len(self.idle)}")
        terms = [*self.idle]
        for index, thresholds, values in self.active:
            terms[index] = values[bisect_left(thresholds, signals[index])]
        log_odds = self.intercept + math.fsum(terms)
        return Score(self.calibration.probability(log_odds), log_odds, terms)


def reasons(score: Score, *, top: int = 3) -> tuple[str, ...]:
    """Return the codes of `REASON_CODES` that raise a score most, strongest first, without weak ones."""
    weights = [0.0] * len(_CODES)
    terms = score.terms
    for index, code in _CODE_OF_FEATURE:
        if terms[index]:
            weights[code] += terms[index]
    strongest = sorted([(-weight, code) for code, weight in enumerate(weights) if weight >= LEAST_TERM])
    return tuple([_CODES[code] for _, code in strongest[:top]])


def load_classifier(path: Path = DEFAULT_MODEL) -> Classifier:
    """Load a model from a file; raise ModelError for the first part that is unreadable or does not match this code."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("file", f"{path}: {error}") from error
    return parse_classifier(document)


def parse_classifier(document: Any) -> Classifier:
    """Return the model of a JSON document; raise ModelError like `load_classifier`."""
    if not isinstance(document, dict):
        raise ModelError("file", "not a JSON object")
    _expect("format", document.get("format"), MODEL_FORMAT)
    _expect("signals_version", document.get("signals_version"), SIGNALS_VERSION)
    _check_features(document.get("features"))
    tables = document.get("tables")
    if not isinstance(tables, list) or len(tables) != len(FEATURES):
        raise ModelError("tables", f"not a list of {len(FEATURES)}")
    return Classifier(
        version=_text("version", document.get("version")),
        intercept=_floats("intercept", [document.get("intercept")])[0],
        tables=tuple(
            _table(f"tables.{feature}", part) for feature, part in zip(FEATURES, tables, strict=True)
        ),
        calibration=_calibration(document.get("calibration")),
        environment={
            key: _text("environment", value) for key, value in _object(document, "environment").items()
        },
        metrics={key: _floats("metrics", [value])[0] for key, value in _object(document, "metrics").items()},
        question=_text("question", document.get("question", "abusive")),
        base_rate=_share("base_rate", document.get("base_rate", PRIOR_SHARE)),
        reference=_reference(document.get("reference", [])),
    )


def _expect(part: str, found: object, expected: object) -> None:
    if found != expected:
        raise ModelError(part, f"is {found!r}, this code reads {expected!r}")


def _check_features(names: object) -> None:
    if not isinstance(names, list) or len(names) != len(FEATURES):
        raise ModelError("features", f"not a list of {len(FEATURES)} names")
    for index, (found, expected) in enumerate(zip(names, FEATURES, strict=True)):
        if found != expected:
            raise ModelError("features", f"number {index} is {found!r}, this code computes {expected!r}")


def _table(part: str, document: object) -> Table:
    thresholds, values = _columns(part, document, ("thresholds", "values"))
    if len(values) != len(thresholds) + 1:
        raise ModelError(part, f"{len(values)} values for {len(thresholds)} thresholds")
    _check_ascending(part, thresholds)
    return Table(thresholds, values)


def _calibration(document: object) -> Calibration:
    log_odds, calibrated = _columns("calibration", document, ("log_odds", "calibrated"))
    if not log_odds or len(log_odds) != len(calibrated):
        raise ModelError("calibration", f"{len(log_odds)} and {len(calibrated)} points")
    _check_ascending("calibration", log_odds)
    if list(calibrated) != sorted(calibrated) or max(map(abs, calibrated)) > MOST_LOG_ODDS:
        raise ModelError("calibration", f"calibrated values decrease, or lie beyond {MOST_LOG_ODDS}")
    return Calibration(log_odds, calibrated)


def _check_ascending(part: str, numbers: tuple[float, ...]) -> None:
    if any(low >= high for low, high in pairwise(numbers)):
        raise ModelError(part, "not ascending")


def _columns(
    part: str, document: object, names: tuple[str, str]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if not isinstance(document, dict):
        raise ModelError(part, "not an object")
    first, second = (_floats(f"{part}.{name}", document.get(name)) for name in names)
    return first, second


def _object(document: dict[str, Any], part: str) -> dict[str, Any]:
    found = document.get(part)
    if not isinstance(found, dict):
        raise ModelError(part, "not an object")
    return found


def _share(part: str, found: object) -> float:
    (share,) = _floats(part, [found])
    if not 0.0 < share < 1.0:
        raise ModelError(part, f"{share} is not between 0 and 1")
    return share


def _reference(found: object) -> tuple[Bins, ...]:
    if not isinstance(found, list) or len(found) not in (0, len(FEATURES)):
        raise ModelError("reference", f"neither empty nor a list of {len(FEATURES)}")
    return tuple([_bins(part) for part in found])


def _bins(found: object) -> Bins:
    if not isinstance(found, list) or len(found) != 2:
        raise ModelError("reference", "not a pair of edges and shares")
    edges, shares = _floats("reference", found[0]), _floats("reference", found[1])
    if len(shares) != len(edges) + 1:
        raise ModelError("reference", f"{len(shares)} shares for {len(edges)} edges")
    return Bins(edges, shares)


def _text(part: str, found: object) -> str:
    if not isinstance(found, str) or not found:
        raise ModelError(part, "missing, or not a text")
    return found


def _floats(part: str, found: object) -> tuple[float, ...]:
    if not isinstance(found, list):
        raise ModelError(part, "not a list")
    for number in found:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ModelError(part, f"{number!r} is not a finite number")
    return tuple([float(number) for number in found])
