"""Training of the shipped model on the simulation: ``python -m ml.simulation.train`` writes the model and its card.

Runs are reproducible: the same code and packages write the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from ml.classifier import DEFAULT_MODEL, Classifier, parse_classifier
from ml.learning.fitting import MONOTONE, Labels, Matrix, fit_classifier
from ml.learning.measures import measure_probabilities
from ml.signals import FEATURES
from ml.simulation.crowd import CrowdPlan
from ml.simulation.examples import Example, draw_examples
from ml.simulation.model_card import write_card
from ml.simulation.simulate import simulate_crowd
from ml.trust import Thresholds, assess_trust, decide
from ml.words import PUBLISHED, Verdict

SEED: Final = 20_260_101
PLAN: Final = CrowdPlan(first_day=20_000, days=360, gangs=300, harmless=20_000, reporters=15_000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the model, then write the model and its card into a directory."""
    parser = argparse.ArgumentParser(
        prog="python -m ml.simulation.train", description="Train the model on the simulation."
    )
    parser.add_argument("--out", type=Path, default=DEFAULT_MODEL.parent, help="directory of model and card")
    out: Path = parser.parse_args(arguments).out
    document, card = train_on_simulation(PLAN, seed=SEED)
    out.mkdir(parents=True, exist_ok=True)
    model_path, card_path = out / DEFAULT_MODEL.name, out / DEFAULT_MODEL.with_suffix(".card.md").name
    model_path.write_text(document, encoding="utf-8")
    card_path.write_text(card, encoding="utf-8")
    sys.stdout.write(card)


def train_on_simulation(plan: CrowdPlan, *, seed: int) -> tuple[str, str]:
    """Return a model and its card, as text, trained on a crowd of this plan and tested on its latest fifth."""
    rng = Random(seed)  # noqa: S311  a reproducible simulation, no secret
    fitting, calibrating, testing = draw_examples(simulate_crowd(plan, rng), plan, rng)
    document = fit_classifier(*_arrays(fitting), calibrating=_arrays(calibrating), name="simulation")
    document["metrics"] = measure_on_simulation(parse_classifier(document), testing)
    classifier = parse_classifier(document)  # fails now if the document could not be loaded later
    card = write_card(
        classifier,
        plan=plan,
        seed=seed,
        counts=(len(fitting), len(calibrating), len(testing)),
        monotone=MONOTONE,
    )
    return json.dumps(document, separators=(",", ":")) + "\n", card


def measure_on_simulation(classifier: Classifier, examples: Sequence[Example]) -> dict[str, float]:
    """Return metrics of the classifier, of merely counting reports, and of verdicts by classifier and gate."""
    signals, labels = _arrays(examples)
    probabilities = np.array([classifier.score(example.signals).probability for example in examples])
    metrics = measure_probabilities(labels, probabilities)
    metrics["count_auc"] = measure_probabilities(labels, _unit(signals[:, FEATURES.index("reports_30d")]))[
        "auc"
    ]
    verdicts = [
        decide(
            assess_trust(example.rows, kind=example.kind, today=example.day),
            float(probability),
            Thresholds(),
            previous=Verdict.UNKNOWN,
            kind=example.kind,
        )
        for example, probability in zip(examples, probabilities, strict=True)
    ]
    for name, wanted in (("published", PUBLISHED), ("confirmed", {Verdict.CONFIRMED})):
        chosen = np.array([verdict in wanted for verdict in verdicts])
        metrics[f"{name}_precision"] = float(labels[chosen].mean()) if chosen.any() else 0.0
        metrics[f"{name}_recall"] = float(chosen[labels].mean())
    return {name: round(value, 6) for name, value in metrics.items()}


def _unit(values: Matrix) -> Matrix:
    """Return values scaled to between 0 and 1 in the same order."""
    return values / (1.0 + values)


def _arrays(examples: Sequence[Example]) -> tuple[Matrix, Labels]:
    """Return the signals and the labels of examples."""
    return (
        np.array([example.signals for example in examples]),
        np.array([example.is_abusive for example in examples]),
    )


if __name__ == "__main__":
    main()
