"""The geometry of values with their intervals, which the server draws as SVG. No colour is decided here.

What lies across is in percent of the width, so that a chart is as wide as its place and its words are never scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from catalog_app.core.charts import nice_step

LEFT, RIGHT = 3.0, 5.0
"""What is left free at the sides, in percent of the width: the words below the first and the last tick need it."""
TOP, ROW, BOTTOM = 4, 42, 22
NAME: Final = 12
"""How far above its interval the name of a row stands."""
STEPS: Final = 4
# Ticks are whole hundredths of a percent, so that a rate of 0.3 % has round ticks as well.
_SCALE: Final = 10_000


@dataclass(frozen=True)
class Spread:
    """A value with the interval around it, and the name of its row."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    """A line down the chart, in percent of its width, and the rate that it stands for."""

    x: float
    rate: float


@dataclass(frozen=True)
class Whisker:
    """One rate: its point, and from where to where its interval reaches."""

    name: str
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True)
class IntervalChart:
    """Rates below one another on one axis; `zero` is where zero lies, where that is inside."""

    rows: tuple[Whisker, ...]
    ticks: tuple[Tick, ...]
    zero: float | None
    height: int
    top: int = TOP

    @property
    def floor(self) -> int:
        return self.height - BOTTOM


def interval_chart(rows: Sequence[Spread], *, low: float, high: float, step: float | None = None) -> IntervalChart:
    """Return the chart of these rows on an axis that reaches from `low` to `high` at least, with ticks each `step`."""
    ticks = _ticks(low, high, step)
    first, last = ticks[0], ticks[-1]

    def x(rate: float) -> float:
        return round(LEFT + (rate * _SCALE - first) / (last - first) * (100 - LEFT - RIGHT), 2)

    drawn = tuple(
        Whisker(row.name, TOP + ROW * (index + 1) - NAME, x(row.value), x(row.low), x(row.high))
        for index, row in enumerate(rows)
    )
    return IntervalChart(
        rows=drawn,
        ticks=tuple(Tick(x(tick / _SCALE), tick / _SCALE) for tick in ticks),
        zero=x(0.0) if first < 0 < last else None,
        height=TOP + ROW * len(rows) + BOTTOM,
    )


def _ticks(low: float, high: float, wanted: float | None) -> list[int]:
    """Return round ticks from one not above `low` to one not below `high`."""
    lowest, highest = floor(low * _SCALE), ceil(high * _SCALE)
    step = nice_step(max(1, highest - lowest), STEPS) if wanted is None else round(wanted * _SCALE)
    return list(range(floor(lowest / step) * step, (max(1, ceil(highest / step))) * step + 1, step))
