"""The card of a model that was trained on reports, and its figure: what it is, how it did, what must not be claimed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ml.classifier import parse_classifier
from ml.drift import CALIBRATION_BINS
from ml.learning.candidate import TrainedModel

SIZE: Final = 320  # pixels of the diagram's side
MARGIN: Final = 44

QUESTIONS: Final = {
    "abusive": "the probability that a person would find the number abusive",
    "reported-again": "the probability that further reporters report the number within the horizon, and nothing of guilt",
}

_TEMPLATE: Final = """# Model card: {version}

**Trained on {data}.** Its output is {question}.

- Data: {data}, {period}
- Examples: {fitted:,} fitted, {calibrated:,} calibrated on a later slice,
  {held_out:,} held out, later still ({positives:,} of them positive)
- Base rate that the gate's thresholds are taken against: {base_rate:.4f}

## On the held-out slice

| metric | this model | the one that served ({serving}) |
|---|---|---|
{rows}

Better than the one that served: **{better}** ({verdict}).

![Predicted against found shares](reliability.svg)

## Limits

- The figures are of the held-out slice of the same data. Other times, places and crowds differ: watch the stability of
  signals (`dunwatch_feature_psi`) and the calibration error (`dunwatch_calibration_error`).
- A verdict takes the crowd's gate besides this model. Neither suffices alone.
- No probability is a finding about a person.

Made with {environment}.
"""


def write_trained_card(trained: TrainedModel, *, data: str, period: str, serving: str | None) -> str:
    """The card as Markdown; it refers to `reliability.svg` beside it."""
    document = trained.document
    candidate, other = trained.figures["candidate"], trained.figures["serving"]
    return _TEMPLATE.format(
        version=document["version"],
        data=data,
        period=period,
        question=QUESTIONS[document["question"]],
        held_out=len(trained.held_out.labels),
        positives=int(trained.held_out.labels.sum()),
        base_rate=document["base_rate"],
        serving=serving or "none",
        rows="\n".join(
            f"| `{name}` | {value:.6g} | {_figure(other, name)} |" for name, value in candidate.items()
        ),
        better="yes" if trained.is_better else "no",
        verdict=trained.verdict,
        environment=", ".join(f"{name} {version}" for name, version in document["environment"].items()),
        **document["training"],
    )


def draw_reliability(trained: TrainedModel) -> str:
    """An SVG: the share that came true of each of fifteen bins of probability; the diagonal is perfect."""
    classifier = parse_classifier(trained.document)
    probabilities = np.array(
        [classifier.score(tuple(row)).probability for row in trained.held_out.signals.tolist()]
    )
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    dots = []
    for place in range(CALIBRATION_BINS):
        chosen = bins == place
        if chosen.any():
            at = MARGIN + probabilities[chosen].mean() * SIZE
            up = MARGIN + (1.0 - trained.held_out.labels[chosen].mean()) * SIZE
            radius = 2.5 + np.sqrt(chosen.mean()) * 14
            dots.append(
                f'<circle cx="{at:.1f}" cy="{up:.1f}" r="{radius:.1f}" fill="#1f4e79" fill-opacity="0.7"/>'
            )
    side, far = SIZE + 2 * MARGIN, MARGIN + SIZE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" font-family="sans-serif" '
            f'font-size="12"><rect width="{side}" height="{side}" fill="#fff"/>',
            f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888"/>',
            f'<line x1="{MARGIN}" y1="{far}" x2="{far}" y2="{MARGIN}" stroke="#bbb"/>',
            *dots,
            f'<text x="{MARGIN}" y="{MARGIN - 16}">share found, of {len(trained.held_out.labels):,} held out</text>',
            f'<text x="{far}" y="{far + 30}" text-anchor="end">probability predicted, 0 to 1</text></svg>\n',
        ]
    )  # fmt: skip


def _figure(figures: dict[str, Any] | None, name: str) -> str:
    return f"{figures[name]:.6g}" if figures and name in figures else ""
