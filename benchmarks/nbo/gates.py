"""The public gates, in the order of their table. What a gate needs is imported when it runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import cast

from benchmarks.nbo.baselines import Baseline
from benchmarks.nbo.figures import Figure, Gate


@dataclass(frozen=True, slots=True)
class NamedGate:
    """A gate by the name of its figures, and the module of this package that runs it."""

    name: str
    module: str

    def run(self, protocol: ModuleType) -> list[Figure]:
        gate = cast("Gate", import_module(f"benchmarks.nbo.{self.module}").run)
        return gate(protocol)


GATES = (
    NamedGate("recommendation", "recommendation"),
    NamedGate("holdings + features", "holdings_features"),
    NamedGate("known truth", "known_truth"),
    NamedGate("cold start", "cold_start"),
    NamedGate("drift", "drift"),
    NamedGate("targeting", "targeting"),
    NamedGate("exactness", "exactness"),
    NamedGate("latency", "latency"),
    NamedGate("over HTTP", "over_http"),
    NamedGate("replay", "replay"),
    NamedGate("batch", "batch"),
)
_BASELINES = ("ranking", "offers", "responses")


def baselines(gate: str) -> Iterator[Baseline]:
    """Yield the libraries that are measured on a gate."""
    for name in _BASELINES:
        module = import_module(f"benchmarks.nbo.baselines.{name}")
        yield from (baseline for baseline in module.BASELINES if baseline.gate == gate)
