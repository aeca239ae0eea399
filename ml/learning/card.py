"""The model card of a model trained on reports, as Markdown, and its reliability diagram, as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from ml.classifier import parse_classifier
from ml.drift import CALIBRATION_BINS
from ml.learning.candidate import TrainedModel

SIZE: Final = 320  # pixels of the diagram's side
MARGIN: Final = 44

QUESTIONS: Final = {
    "abusive": "the probability that a person would find the number abusive",
    "reported-again": (
        "the probability that further reporters report the number within the horizon; it says nothing about guilt"
    ),
}

_TEMPLATE: Final = """# Model card: {version}

**Trained on {data}.** Its output is {question}.

- Data: {data}, {period}
- Examples: {fitted:,} to fit, {calibrated:,} from a later period to calibrate,
  {held_out:,} held out from a still later period ({positives:,} of them positive)
- Base rate to which the gate's thresholds are adjusted: {base_rate:.4f}

## Measured on the held-out slice

| metric | this model | the serving model ({serving}) |
|---|---|---|
{rows}

Better than the serving model: **{better}** ({verdict}).

![Predicted and observed shares](reliability.svg)

## Limits

- The figures come from the held-out slice of the same data. Other times, places and crowds differ: watch the stability
  of signals (`dunwatch_feature_psi`) and the calibration error (`dunwatch_calibration_error`).
- A verdict requires the crowd's gate as well as this model. Neither suffices alone.
- No probability is a finding about a person.

Made with {environment}.
"""


def write_trained_card(trained: TrainedModel, *, data: str, period: str, serving: str | None) -> str:
    """Return the card as Markdown; it refers to `reliability.svg` in the same directory.

    `data` and `period` describe what the model was trained on; `serving` is the version of the serving model.
    """
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
    """Return an SVG of the observed share in each of fifteen bins of probability; a perfect model is on the diagonal."""
    side, far = SIZE + 2 * MARGIN, MARGIN + SIZE
    above, below = MARGIN - 16, far + 30
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" font-family="sans-serif" '
            f'font-size="12"><rect width="{side}" height="{side}" fill="#fff"/>',
            f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888"/>',
            f'<line x1="{MARGIN}" y1="{far}" x2="{far}" y2="{MARGIN}" stroke="#bbb"/>',
            *_dots(trained),
            f'<text x="{MARGIN}" y="{above}">observed share of {len(trained.held_out.labels):,} held-out examples</text>',
            f'<text x="{far}" y="{below}" text-anchor="end">predicted probability, 0 to 1</text></svg>\n',
        ]
    )


def _dots(trained: TrainedModel) -> Iterator[str]:
    """Yield one circle for each bin that is not empty, larger for more examples."""
    classifier = parse_classifier(trained.document)
    probabilities = np.array(
        [classifier.score(tuple(row)).probability for row in trained.held_out.signals.tolist()]
    )
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    for index in range(CALIBRATION_BINS):
        chosen = bins == index
        if chosen.any():
            x = MARGIN + probabilities[chosen].mean() * SIZE
            y = MARGIN + (1.0 - trained.held_out.labels[chosen].mean()) * SIZE
            radius = 2.5 + np.sqrt(chosen.mean()) * 14
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#1f4e79" fill-opacity="0.7"/>'


def _figure(figures: dict[str, Any] | None, name: str) -> str:
    """Return a figure as text, empty if it is unknown."""
    return f"{figures[name]:.6g}" if figures and name in figures else ""
