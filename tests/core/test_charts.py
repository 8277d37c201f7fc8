"""The geometry of charts."""

from datetime import date, timedelta

import pytest

from catalog_app.core.charts import BOTTOM, HEIGHT, LEFT, STEPS, TOP, WIDTH, line_chart, nice_step

TODAY = date(2026, 11, 23)
AXIS = tuple(TODAY - timedelta(days=back) for back in reversed(range(30)))


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (3, 1), (4, 2), (7, 3), (10, 5), (16, 10), (100, 50), (640, 300), (9001, 5000)]
)
def test_ticks_are_round_and_reach_over_the_highest_value(most: int, step: int) -> None:
    assert nice_step(most) == step
    assert step * STEPS >= most


def test_counts_stand_on_zero_and_the_last_point_is_marked() -> None:
    days = AXIS[-3:]
    chart = line_chart(dict(zip(days, (0, 50, 150), strict=True)), days=days)

    assert chart is not None
    assert chart.line.split()[0] == f"{chart.left:.1f},{HEIGHT - BOTTOM:.1f}"
    assert (chart.last[0], chart.last[1]) == (float(chart.right), float(TOP))
    assert [tick.value for tick in chart.ticks] == [0, 50, 100, 150]
    assert chart.width == WIDTH


def test_a_level_stands_on_a_round_number_below_it() -> None:
    chart = line_chart(dict.fromkeys(AXIS, 9100) | {TODAY: 9312}, days=AXIS, is_level=True)

    assert chart is not None
    assert [tick.value for tick in chart.ticks] == [9000, 9200, 9400]


@pytest.mark.parametrize("values", [(0, 0), (7, 7), (203, 223), (99, 101), (5, 99_999)])
def test_a_level_stays_inside_its_ticks(values: tuple[int, int]) -> None:
    chart = line_chart(dict(zip(AXIS[:2], values, strict=True)), days=AXIS, is_level=True)

    assert chart is not None
    assert chart.ticks[0].value <= min(values)
    assert chart.ticks[-1].value >= max(values)


def test_what_is_not_known_is_not_drawn() -> None:
    chart = line_chart({TODAY: 4}, days=AXIS)

    assert chart is not None
    assert chart.line == f"{WIDTH - 6:.1f},{chart.last[1]:.1f}"
    assert chart.days == (AXIS[0], AXIS[15], TODAY)
    assert chart.left == LEFT
    assert line_chart({}, days=AXIS) is None


def test_a_flat_line_at_zero_is_drawn_on_the_ground() -> None:
    chart = line_chart(dict.fromkeys(AXIS, 0), days=AXIS)

    assert chart is not None
    assert chart.last[1] == HEIGHT - BOTTOM
