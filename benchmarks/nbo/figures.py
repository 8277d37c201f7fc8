"""What a gate answers: figures, each with the target it has to meet."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Literal, Self

Gate = Callable[[ModuleType], "list[Figure]"]
"""A gate runs one public protocol (the module `nbo_protocol`, its `DATA` set) and answers what it measured."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value of one gate.

    `at_least` says which side of `target` is good; None as target: shown for orientation. `goal` is what we would
    like on top. `unit` is "" for a ratio, "s" for CPU-seconds, "us" for microseconds, "MB" for memory.
    """

    gate: str
    name: str
    value: float
    target: float | None = None
    goal: float | None = None
    at_least: bool = True
    unit: Literal["", "s", "us", "MB"] = ""

    @property
    def is_met(self) -> bool:
        return self.target is None or self._reaches(self.target)

    @property
    def reaches_goal(self) -> bool:
        return self.goal is not None and self._reaches(self.goal)

    @classmethod
    def seconds(cls, gate: str, name: str, value: float, most: float | None = None) -> Self:
        """CPU-seconds of this process, at most `most`."""
        return cls(gate, name, value, most, at_least=False, unit="s")

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.at_least else self.value <= target
