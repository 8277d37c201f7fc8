"""What libraries of this field reach on the same protocols, in the same run. Each is measured where it is installed."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from benchmarks.nbo.figures import Figure


@dataclass(frozen=True, slots=True)
class Baseline:
    """A library on one gate: `needs` are the packages without which it is not measured."""

    gate: str
    name: str
    needs: tuple[str, ...]
    run: Callable[[ModuleType], list[Figure]]
