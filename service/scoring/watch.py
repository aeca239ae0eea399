"""Watches scoring: whether signals are still distributed as in training, and what the shadow model would conclude."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from ml.drift import stability_index
from ml.signals import FEATURES, Signals
from ml.trust import decide
from ml.words import Verdict
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.scoring.assess import THRESHOLDS, Assessment

EVERY = 16  # one of so many scored numbers: enough to see drift, at almost no cost
KEPT = 2000
LEAST = 200  # fewer say nothing about a distribution
TELL_SECONDS = 60.0


class Concluded(Protocol):
    """What was concluded about a number."""

    @property
    def assessment(self) -> Assessment | None:
        """The assessment; None if there was nothing to assess."""


class DriftWatch:
    """The watch of one scoring process."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._seen = 0
        self._signals: deque[Signals] = deque(maxlen=KEPT)
        self._tell_at = 0.0

    def see(self, concluded: Iterable[Concluded], models: ModelShelf) -> None:
        """Count a batch that was scored."""
        for one in concluded:
            if one.assessment is None:
                continue
            self._seen += 1
            if self._seen % EVERY == 0:
                self._signals.append(one.assessment.signals)
            if models.shadow is not None:
                self._compare(one.assessment, models)
        if len(self._signals) >= LEAST and self._clock() >= self._tell_at:
            self._tell_at = self._clock() + TELL_SECONDS
            self._tell(models)

    def _compare(self, assessment: Assessment, models: ModelShelf) -> None:
        """Count the verdicts of both models, each without an earlier verdict, so that neither inherits the other's."""
        if models.shadow is None or assessment.classified is None or models.serving is None:
            return
        shadow = models.shadow.consent(models.shadow.score(assessment.signals).probability)
        serving = models.serving.consent(assessment.classified.probability)
        verdicts = [
            decide(assessment.trust, one, THRESHOLDS, previous=Verdict.UNKNOWN, kind=assessment.kind)
            for one in (serving, shadow)
        ]
        self._metrics.shadow_verdicts.labels(*[verdict.value for verdict in verdicts]).inc()

    def _tell(self, models: ModelShelf) -> None:
        if models.serving is None or not models.serving.reference:
            return
        columns = zip(*self._signals, strict=True)
        for feature, bins, values in zip(FEATURES, models.serving.reference, columns, strict=True):
            self._metrics.feature_psi.labels(feature).set(stability_index(bins, values))
