"""The geometry of the charts of a model, which the server draws as SVG: calibration, and lift by tenth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from catalog_app.core.charts import nice_step

WIDTH: Final = 300
HEIGHT: Final = 206
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 8, 22
_STEPS: Final = 3
# Axes are counted in hundredths of a percent, and lifts in hundredths.
_FINE: Final = 10_000
_HUNDRED: Final = 100
_LIFT_STEPS: Final = 4
_GAP: Final = 3.0


@dataclass(frozen=True)
class Mark:
    """A tick of an axis, and the value that it stands for."""

    at: float
    value: float


@dataclass(frozen=True)
class Point:
    """One tenth of the predictions: where its point lies, and from where to where the interval reaches."""

    x: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True)
class CalibrationChart:
    """What was accepted, by what was predicted; both axes reach equally far, so that the truth is the diagonal."""

    points: tuple[Point, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Bar:
    """One tenth of the customers."""

    x: float
    y: float
    height: float
    middle: float
    label: int
    value: float

    @property
    def is_above(self) -> bool:
        """Return whether they accept more than the average."""
        return self.value >= 1


@dataclass(frozen=True)
class LiftChart:
    """How much more than the average each tenth accepts, those with the highest predictions first."""

    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    average: float
    bar_width: float
    left: int = LEFT - 12
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def calibration_chart(bins: Sequence[Mapping[str, Any]]) -> CalibrationChart | None:
    """Return the chart of these bins (predicted, observed, low, high: rates); None where there is none."""
    if not bins:
        return None
    most = max(max(one["predicted"], one["high"], one["observed"]) for one in bins)
    step = nice_step(max(1, ceil(most * _FINE)), _STEPS)
    ticks = [step * index / _FINE for index in range(_STEPS + 1)]
    last = ticks[-1]

    def x(rate: float) -> float:
        return round(LEFT + rate / last * (WIDTH - LEFT - RIGHT), 1)

    def y(rate: float) -> float:
        return round(HEIGHT - BOTTOM - min(rate, last) / last * (HEIGHT - BOTTOM - TOP), 1)

    return CalibrationChart(
        points=tuple(Point(x(one["predicted"]), y(one["observed"]), y(one["high"]), y(one["low"])) for one in bins),
        across=tuple(Mark(x(tick), tick) for tick in ticks),
        up=tuple(Mark(y(tick), tick) for tick in ticks),
    )


def lift_chart(tenths: Sequence[float]) -> LiftChart | None:
    """Return the chart of how much more than the average each tenth accepts; None where there is none."""
    if not tenths:
        return None
    step = nice_step(max(_HUNDRED, ceil(max(tenths) * _HUNDRED)), _LIFT_STEPS) / _HUNDRED
    step = max(1.0, ceil(step)) if step > 1 / 2 else step
    count = ceil(max(1.0, *tenths) / step)
    last, left = step * count, LEFT - 12
    each = (WIDTH - left - RIGHT) / len(tenths)

    def y(lift: float) -> float:
        return round(HEIGHT - BOTTOM - lift / last * (HEIGHT - BOTTOM - TOP), 1)

    bars = tuple(
        Bar(
            x=round(left + index * each + _GAP, 1),
            y=y(value),
            height=round(HEIGHT - BOTTOM - y(value), 1),
            middle=round(left + (index + 0.5) * each, 1),
            label=index + 1,
            value=value,
        )
        for index, value in enumerate(tenths)
    )
    return LiftChart(
        bars=bars,
        ticks=tuple(Mark(y(step * index), step * index) for index in range(count + 1)),
        average=y(1.0),
        bar_width=round(each - 2 * _GAP, 1),
    )
