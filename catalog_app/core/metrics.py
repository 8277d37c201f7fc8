"""What a monitoring system reads: what this process has counted, and what rooms tell of themselves.

What is counted stands in this process, or in files that all workers share where PROMETHEUS_MULTIPROC_DIR names a
folder for them (core/shared_metrics.py). What is in the database (syncs) is read from there when it is asked for, so any
worker can tell it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from catalog_app.core import shared_metrics

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = Histogram(
    "catalog_http_request_seconds",
    "Requests that were answered, and how long that took.",
    ("method", "route", "status"),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
_known: dict[tuple[str, str, int], Histogram] = {}
_counting: "list[_Counting[Counter] | _Counting[Gauge]]" = []
_prepared = False
M = TypeVar("M", Counter, Gauge)


class _Counting(Generic[M]):
    """Something that each process counts, by one label whose values are known; told from the start on, as 0."""

    def __init__(self, make: Callable[[], M], values: Sequence[str]) -> None:
        self._make: Callable[[], M] = make
        self._values = values
        self._of: dict[str, M] = {}
        _counting.append(self)
        if _prepared:
            self.begin()

    @property
    def is_begun(self) -> bool:
        """Return whether this process counts: one that only uses a part of the application may not."""
        return bool(self._of)

    def begin(self) -> None:
        """Begin to count. Before, the folder that workers share may not be there."""
        whole = self._make()
        self._of = {value: whole.labels(value) for value in self._values} or {"": whole}


class Tally(_Counting[Counter]):
    """How often something has happened. `_total` is added to its name where it is told."""

    def __init__(self, name: str, meaning: str, label: str = "", values: Sequence[str] = ()) -> None:
        super().__init__(partial(Counter, name, meaning, (label,) if label else ()), values)

    def add(self, value: str = "") -> None:
        """Count one, of this value of the label."""
        if self.is_begun:
            self._of[value].inc()


class Level(_Counting[Gauge]):
    """How much of something is held now: the sum over the workers that live."""

    def __init__(self, name: str, meaning: str, label: str = "", values: Sequence[str] = ()) -> None:
        labels = (label,) if label else ()
        super().__init__(partial(Gauge, name, meaning, labels, multiprocess_mode="livesum"), values)

    def move(self, by: float, value: str = "") -> None:
        """Hold so much more, or less."""
        if self.is_begun:
            self._of[value].inc(by)


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
    """Begin to count in this process, once; raise OSError where the folder that is named for it cannot be made."""
    global _prepared  # noqa: PLW0603  # a process counts for all of its applications together
    if _prepared:
        return
    if (shared := shared_metrics.folder()) is not None:
        shared_metrics.begin(shared)
    for counting in _counting:
        counting.begin()
    _prepared = True


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
    shared = shared_metrics.folder()
    counted = generate_latest(REGISTRY) if shared is None else shared_metrics.exposition(shared)
    return counted + generate_latest(told)


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
