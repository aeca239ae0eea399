"""Every metric of the service, declared once. No label ever carries a number, a key or an address."""

import asyncio
import os
from bisect import bisect_left
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server, values
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from service.metric_files import FilesCollector
from service.metric_values import value_class

CONTENT_TYPE = CONTENT_TYPE_LATEST
FAST = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.05)
SLOW = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
FLUSH_SECONDS = 0.25
DELAY = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 15, 60, 300)


class BatchedHistogram:
    """Observes for a histogram with one label, on a path where writing to the shared files costs too much.

    Observations are added up in this process and handed on together, at most `FLUSH_SECONDS` later. The library
    has no call for several observations at once, so its two parts are written to as its own `observe` does.
    """

    def __init__(self, histogram: Histogram, bounds: tuple[float, ...]) -> None:
        self._histogram = histogram
        self._bounds = bounds
        self._pending: dict[str, list[float]] = {}  # by label: a count a bucket, then the sum
        self._timer: asyncio.TimerHandle | None = None

    def observe(self, label: str, amount: float) -> None:
        """Count an amount; needs a running event loop."""
        pending = self._pending.get(label)
        if pending is None:
            pending = self._pending[label] = [0.0] * (len(self._bounds) + 2)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        pending[bisect_left(self._bounds, amount)] += 1.0
        pending[-1] += amount

    def flush(self) -> None:
        """Write what was counted so far to the histogram."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for label, (*counts, total) in self._pending.items():
            labelled = self._histogram.labels(label)
            labelled._sum.inc(total)
            for bucket, count in zip(labelled._buckets, counts, strict=True):
                if count:
                    bucket.inc(count)
        self._pending.clear()


class _Declaring:
    """Declares metrics in one registry; of a gauge, what was written last holds for all processes of the host."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Declare a counter; it is exposed with the suffix `_total`."""
        return Counter(name, meaning, labels, registry=self._registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """Declare a gauge."""
        return Gauge(name, meaning, labels, multiprocess_mode="mostrecent", registry=self._registry)

    def histogram(self, name: str, meaning: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
        """Declare a histogram with these upper bounds, in seconds."""
        return Histogram(name, meaning, labels, buckets=buckets, registry=self._registry)


class Metrics:
    """The metrics of one process, written to files that `/metrics` of this host adds up.

    The environment variable PROMETHEUS_MULTIPROC_DIR must name a directory before prometheus_client is
    imported; `dunwatch` sees to that.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            values.ValueClass = value_class()
        declaring = _Declaring(registry)
        self._declare_requests(declaring)
        self._declare_intake(declaring)
        self._declare_scoring(declaring)
        self._declare_models(declaring)
        self._declare_people(declaring)
        self._declare_replica(declaring)
        self._declare_exports(declaring)

    def _declare_requests(self, declare: _Declaring) -> None:
        self.lookup_seconds = declare.histogram(
            "dunwatch_lookup_seconds",
            "Measures how long a single look-up takes, in seconds, by verdict.",
            "verdict",
            buckets=FAST,
        )
        self.bulk_lookup_numbers = declare.counter(
            "dunwatch_bulk_lookup_numbers", "Counts the numbers requested in bulk look-ups."
        )
        self.request_seconds = declare.histogram(
            "dunwatch_request_seconds",
            "Measures how long any other request takes, in seconds, by route and status.",
            "route",
            "status",
            buckets=SLOW,
        )
        self.refusals = declare.counter(
            "dunwatch_refusals", "Counts the requests answered with a problem, by its code.", "code"
        )

    def _declare_intake(self, declare: _Declaring) -> None:
        self.reports = declare.counter(
            "dunwatch_reports",
            "Counts the reports received, by kind of source and result (stored, repeated, rejected).",
            "source",
            "result",
        )
        self.evidence = declare.counter(
            "dunwatch_evidence",
            "Counts the pieces of evidence received, by result (stored, repeated).",
            "result",
        )
        self.webhook_tries = declare.counter(
            "dunwatch_webhook_tries",
            "Counts the attempts to deliver a message to a webhook, by result (delivered, failed, given_up).",
            "result",
        )

    def _declare_scoring(self, declare: _Declaring) -> None:
        self.numbers_scored = declare.counter("dunwatch_numbers_scored", "Counts the numbers scored.")
        self.verdicts_published = declare.counter(
            "dunwatch_verdicts_published", "Counts the verdict revisions published, by verdict.", "verdict"
        )
        self.scoring_seconds = declare.histogram(
            "dunwatch_scoring_batch_seconds",
            "Measures how long it takes to score and publish one batch, in seconds.",
            buckets=SLOW,
        )
        self.waiting_numbers = declare.gauge(
            "dunwatch_waiting_numbers", "Shows how many changed numbers wait for a verdict."
        )

    def _declare_models(self, declare: _Declaring) -> None:
        self.feature_psi = declare.gauge(
            "dunwatch_feature_psi",
            "Shows the population stability index of each signal against its training data.",
            "feature",
        )
        self.calibration_error = declare.gauge(
            "dunwatch_calibration_error",
            "Shows the expected calibration error of published scores against people's later decisions.",
        )
        self.shadow_verdicts = declare.counter(
            "dunwatch_shadow_verdicts",
            "Counts numbers without an earlier verdict, by what the serving and the shadow model conclude.",
            "serving",
            "shadow",
        )

    def _declare_people(self, declare: _Declaring) -> None:
        self.waiting_reviews = declare.gauge(
            "dunwatch_waiting_reviews", "Shows how many numbers wait for a person's decision."
        )
        self.open_disputes = declare.gauge(
            "dunwatch_open_disputes", "Shows how many disputes by owners wait for a person's decision."
        )
        self.overdue_disputes = declare.gauge(
            "dunwatch_overdue_disputes", "Shows how many disputes were not decided by the day they were due."
        )
        self.waiting_exports = declare.gauge(
            "dunwatch_waiting_exports", "Shows how many exports wait for approval."
        )
        self.settlements = declare.counter(
            "dunwatch_settlements", "Counts the numbers for which the reporters' credit was settled."
        )
        self.largest_cluster_share = declare.gauge(
            "dunwatch_largest_cluster_share",
            "Shows the share of all reporters who are in the largest cluster.",
        )

    def _declare_replica(self, declare: _Declaring) -> None:
        self.feed_revision = declare.gauge(
            "dunwatch_feed_revision", "Shows the newest revision of the change feed."
        )
        self.replica_revision = declare.gauge(
            "dunwatch_replica_revision", "Shows the newest revision applied to this host's replica."
        )
        self.replica_synced_at = declare.gauge(
            "dunwatch_replica_synced_timestamp_seconds",
            "Shows when this host's replica last contained everything in the feed, as Unix time.",
        )
        self.replica_rebuilds = declare.counter(
            "dunwatch_replica_rebuilds", "Counts the replicas rebuilt from the database, by reason.", "reason"
        )
        self.publish_delay_seconds = declare.histogram(
            "dunwatch_publish_delay_seconds",
            "Measures how long a verdict takes from its decision to this host's replica, in seconds.",
            buckets=DELAY,
        )

    def _declare_exports(self, declare: _Declaring) -> None:
        self.export_rows = declare.counter(
            "dunwatch_export_rows", "Counts the rows written to finished exports."
        )
        self.ledger_altered = declare.gauge(
            "dunwatch_ledger_altered",
            "Shows 1 if the ledger of exports differs from what was signed before, and 0 otherwise.",
        )


def exposition(directory: Path) -> bytes:
    """Return the OpenMetrics text of all processes that write to `directory`."""
    registry = CollectorRegistry()
    registry.register(FilesCollector(directory))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


def serve_metrics(directory: Path, port: int) -> None:
    """Serve the metrics of a process without the API on a port of their own, in a daemon thread."""
    registry = CollectorRegistry()
    registry.register(FilesCollector(directory))
    start_http_server(port, registry=registry)
