"""The geometry of charts, which the server draws as SVG. No colour is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Final

WIDTH, HEIGHT = 340, 136
LEFT, RIGHT, TOP, BOTTOM = 36, 6, 8, 24
STEPS: Final = 3
LEVEL_STEPS: Final = 2
_NICE: Final = (1, 2, 3, 5)


@dataclass(frozen=True)
class Tick:
    """A line across the chart and the value that it stands for."""

    y: float
    value: int


@dataclass(frozen=True)
class LineChart:
    """One series over days, as points of an SVG of `width` by `height`; the last point is marked.

    A series that begins later than the axis begins where it does: nothing is drawn where nothing is known.
    """

    line: str
    area: str
    ticks: tuple[Tick, ...]
    last: tuple[float, float]
    days: tuple[date, date, date]
    left: int = LEFT
    right: int = WIDTH - RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(values: Mapping[date, int], *, days: tuple[date, ...], is_level: bool = False) -> LineChart | None:
    """Return the chart of these values over `days`, None where there is none.

    Counts of events stand on zero; a level, such as how many products there are, stands on a round number below it,
    so that its movement can be seen.
    """
    known = [(index, values[day]) for index, day in enumerate(days) if day in values]
    if not known:
        return None
    ticks = _level_ticks([value for _, value in known]) if is_level else _ticks(max(value for _, value in known))
    low, high, floor_y = ticks[0], ticks[-1], HEIGHT - BOTTOM
    across = (WIDTH - LEFT - RIGHT) / max(1, len(days) - 1)
    points = [(LEFT + index * across, _y(value, low, high)) for index, value in known]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return LineChart(
        line=line,
        area=f"{points[0][0]:.1f},{floor_y} {line} {points[-1][0]:.1f},{floor_y}",
        ticks=tuple(Tick(_y(value, low, high), value) for value in ticks),
        last=(round(points[-1][0], 1), round(points[-1][1], 1)),
        days=(days[0], days[len(days) // 2], days[-1]),
    )


def nice_step(most: int, steps: int = STEPS) -> int:
    """Return a round distance between ticks, such that `steps` of them reach over `most`."""
    power = 1
    while True:
        for digit in _NICE:
            if digit * power * steps >= most:
                return digit * power
        power *= 10


def _ticks(most: int) -> tuple[int, ...]:
    step = nice_step(most)
    return tuple(step * index for index in range(STEPS + 1))


def _level_ticks(values: list[int]) -> tuple[int, ...]:
    """Return ticks that lie around the values: a round number not above the lowest, and some steps up from it."""
    low, high = min(values), max(values)
    step = nice_step(high - low or 1, LEVEL_STEPS)
    while True:
        begin = floor(low / step) * step
        if begin + step * LEVEL_STEPS >= high:
            return tuple(begin + step * index for index in range(LEVEL_STEPS + 1))
        step = nice_step(step * LEVEL_STEPS + 1, LEVEL_STEPS)


def _y(value: int, low: int, high: int) -> float:
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)
