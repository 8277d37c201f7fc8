"""What a monitoring system reads: how many requests were answered and how fast, and what higher rooms tell of themselves.

Requests are counted in this process, or in files that all workers share where PROMETHEUS_MULTIPROC_DIR names a
folder for them. What is in the database (syncs) is read from there when it is asked for, so any worker can tell it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = Histogram(
    "catalog_http_request_seconds",
    "Requests that were answered, and how long that took.",
    ("method", "route", "status"),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
_known: dict[tuple[str, str, int], Histogram] = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure as it stands now; samples of one name have the same labels."""

    name: str
    meaning: str
    labels: Mapping[str, str]
    value: float


class MetricSource(Protocol):
    """A room that tells figures of itself."""

    def samples(self) -> Iterable[Sample]:
        """Return the figures as they stand now."""
        ...


def prepare() -> None:
    """Make the folder that workers share, where one is named; raise OSError where that cannot be."""
    if folder := os.environ.get(SHARED):
        Path(folder).mkdir(parents=True, exist_ok=True)


def record(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. What is not a route or a method of ours is counted together, however it is spelled."""
    key = (method, route, status)
    observed = _known.get(key)
    if observed is None:
        known_method = method if method in _METHODS else "other"
        observed = _SECONDS.labels(known_method, route or "none", str(status))
        if known_method is method:
            _known[key] = observed
    observed.observe(seconds)


def exposition(samples: Iterable[Sample]) -> bytes:
    """Return every figure as Prometheus reads it."""
    told = CollectorRegistry()
    told.register(_Told(tuple(samples)))
    return generate_latest(_counted()) + generate_latest(told)


def _counted() -> CollectorRegistry:
    if not os.environ.get(SHARED):
        return REGISTRY
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415  # few need it

    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # it ships half its types
    return shared


class _Told(Collector):
    """Samples in the form in which prometheus_client asks for them."""

    def __init__(self, samples: tuple[Sample, ...]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for sample in self._samples:
            family = families.get(sample.name)
            if family is None:
                names = tuple(sample.labels)
                family = families[sample.name] = GaugeMetricFamily(sample.name, sample.meaning, labels=names)
            family.add_metric(tuple(sample.labels.values()), sample.value)
        yield from families.values()
