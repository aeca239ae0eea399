"""What is scored is watched: drift from training, and what a shadow model would conclude."""

from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from ml.classifier import Calibration, Classifier
from service.metrics import Metrics
from service.models.shelf import ModelShelf
from service.scoring.scorer import Scorer
from service.scoring.watch import EVERY, LEAST
from tests.clients import Api, HeldModels, report_row


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    gauge = getattr(metrics, name)
    for sample in next(iter(gauge.collect())).samples:
        if sample.labels == labels and not sample.name.endswith("_created"):
            return float(sample.value)
    return None


async def scored(api: Api, models: ModelShelf, numbers: int, *, times: int = 1) -> Metrics:
    metrics = Metrics(CollectorRegistry())
    rows = [report_row(f"+861979{n:07}") for n in range(numbers) for _ in range(times)]
    await api.insert(rows)
    await Scorer(api.database, api.settings, metrics, models).score_all(datetime.now(UTC))
    return metrics


async def test_drift_is_told_once_enough_was_seen(api: Api, model: Classifier) -> None:
    assert value(await scored(api, HeldModels(model), 50), "feature_psi", feature="kind") is None
    metrics = await scored(api, HeldModels(model), EVERY * LEAST)
    assert value(metrics, "feature_psi", feature="kind") == 0.0
    drifted = value(metrics, "feature_psi", feature="reports_30d")
    assert drifted is not None
    assert drifted > 0.25, "numbers reported once each are not spread as in training"


async def test_a_model_without_a_reference_tells_no_drift(api: Api, model: Classifier) -> None:
    models = HeldModels(replace(model, reference=()))
    metrics = await scored(api, models, EVERY * LEAST)
    assert value(metrics, "feature_psi", feature="kind") is None


async def test_what_a_shadow_would_conclude_is_counted_and_changes_nothing(
    api: Api, model: Classifier
) -> None:
    never = replace(model, version="never", calibration=Calibration((0.0,), (-10.0,)))
    metrics = await scored(api, HeldModels(model, shadow=never), 3, times=12)
    assert value(metrics, "shadow_verdicts", serving="confirmed", shadow="unknown") == 3.0
    verdicts = await api.fetch("SELECT verdict, model_version FROM verdicts")
    assert [tuple(row) for row in verdicts] == [("confirmed", model.version)] * 3


async def test_without_a_shadow_nothing_is_counted(api: Api, model: Classifier) -> None:
    metrics = await scored(api, HeldModels(model), 3, times=12)
    assert next(iter(metrics.shadow_verdicts.collect())).samples == []
