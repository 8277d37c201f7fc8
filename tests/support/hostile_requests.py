"""One shape for requests that nobody sends by accident, whichever door they are made for."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hostile:
    """A request with what the test client is to be given for it."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = {name: str(value)[:70] for name, value in self.options.items()}
        return f"{self.method} {self.path[:120]} {told}"
