"""The geometry of rates with their intervals, which the server draws as SVG. No colour is decided here.

What lies across is in percent of the width, so that a chart is as wide as its place and its words are never scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from catalog_app.campaigns.results.statistics import Comparison, Interval
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


def sides_chart(comparison: Comparison) -> IntervalChart | None:
    """Return both sides below one another, from zero on; None as long as neither has anybody."""
    sides = (("target", comparison.target), ("control", comparison.control))
    rows = [(name, arm.rate, arm.interval) for name, arm in sides if arm.rate is not None and arm.interval is not None]
    return _chart(rows, low=0.0, high=max(found.high for _, _, found in rows)) if rows else None


def difference_chart(comparison: Comparison) -> IntervalChart | None:
    """Return the difference with zero always in sight; None where there is nothing to compare."""
    found = comparison.interval
    if comparison.difference is None or found is None:
        return None
    return _chart([("difference", comparison.difference, found)], low=min(found.low, 0.0), high=max(found.high, 0.0))


def _chart(rows: Sequence[tuple[str, float, Interval]], *, low: float, high: float) -> IntervalChart:
    ticks = _ticks(low, high)
    first, last = ticks[0], ticks[-1]

    def x(rate: float) -> float:
        return round(LEFT + (rate * _SCALE - first) / (last - first) * (100 - LEFT - RIGHT), 2)

    drawn = tuple(
        Whisker(name, TOP + ROW * (index + 1) - NAME, x(rate), x(found.low), x(found.high))
        for index, (name, rate, found) in enumerate(rows)
    )
    return IntervalChart(
        rows=drawn,
        ticks=tuple(Tick(x(tick / _SCALE), tick / _SCALE) for tick in ticks),
        zero=x(0.0) if first < 0 < last else None,
        height=TOP + ROW * len(rows) + BOTTOM,
    )


def _ticks(low: float, high: float) -> list[int]:
    """Return round ticks from one not above `low` to one not below `high`, both of at most 1."""
    lowest, highest = floor(low * _SCALE), ceil(high * _SCALE)
    step = nice_step(max(1, highest - lowest), STEPS)
    return list(range(floor(lowest / step) * step, (max(1, ceil(highest / step))) * step + 1, step))
