"""The geometry of charts, which the server draws as SVG. No colour is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340, 136
LEFT, RIGHT, TOP, BOTTOM = 36, 6, 8, 24
STEPS = 3
_NICE = (1, 2, 3, 5)


@dataclass(frozen=True)
class Tick:
    """A line across the chart and the value that it stands for."""

    y: float
    value: int


@dataclass(frozen=True)
class LineChart:
    """One series over time, as points of an SVG of `width` by `height`; the last point is marked."""

    line: str
    area: str
    ticks: tuple[Tick, ...]
    last: tuple[float, float]
    left: int = LEFT
    right: int = WIDTH - RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(values: Sequence[int]) -> LineChart | None:
    """Return the chart of these counts, from zero up; None where fewer than two make no line."""
    if len(values) < 2:  # noqa: PLR2004  # a line has two ends
        return None
    step = nice_step(max(values))
    top = step * STEPS
    floor_y = HEIGHT - BOTTOM
    across = (WIDTH - LEFT - RIGHT) / (len(values) - 1)
    points = [(LEFT + index * across, floor_y - value / top * (floor_y - TOP)) for index, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return LineChart(
        line=line,
        area=f"{LEFT},{floor_y} {line} {WIDTH - RIGHT},{floor_y}",
        ticks=tuple(Tick(floor_y - index / STEPS * (floor_y - TOP), step * index) for index in range(STEPS + 1)),
        last=(round(points[-1][0], 1), round(points[-1][1], 1)),
    )


def nice_step(most: int) -> int:
    """Return a round distance between ticks, such that STEPS of them reach over `most`."""
    power = 1
    while True:
        for digit in _NICE:
            if digit * power * STEPS >= most:
                return digit * power
        power *= 10
