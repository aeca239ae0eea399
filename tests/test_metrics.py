"""Every metric says in a sentence what it counts, measures or shows; docs/metrics.md repeats it."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from service.metrics import Metrics
from tests.english import flaws_of_statement

VERBS = {"counter": "Counts", "histogram": "Measures", "gauge": "Shows"}
METRICS: dict[str, Any] = vars(Metrics(CollectorRegistry()))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_counts_measures_or_shows(name: str) -> None:
    metric = METRICS[name]
    assert metric._documentation.split()[0] == VERBS[metric._type]
    assert flaws_of_statement(metric._documentation) == []
