"""The geometry of charts."""

import pytest

from catalog_app.dashboard.charts import BOTTOM, HEIGHT, STEPS, TOP, WIDTH, line_chart, nice_step


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (3, 1), (4, 2), (7, 3), (10, 5), (16, 10), (100, 50), (640, 300), (9001, 5000)]
)
def test_ticks_are_round_and_reach_over_the_highest_value(most: int, step: int) -> None:
    assert nice_step(most) == step
    assert step * STEPS >= most


def test_a_chart_begins_at_zero_and_marks_its_last_point() -> None:
    chart = line_chart([0, 50, 150])

    assert chart is not None
    assert chart.line.split()[0] == f"{chart.left:.1f},{HEIGHT - BOTTOM:.1f}"
    assert (chart.last[0], chart.last[1]) == (float(chart.right), float(TOP))
    assert [tick.value for tick in chart.ticks] == [0, 50, 100, 150]
    assert chart.width == WIDTH


@pytest.mark.parametrize("values", [[], [4]])
def test_fewer_than_two_values_make_no_line(values: list[int]) -> None:
    assert line_chart(values) is None


def test_a_flat_line_at_zero_is_drawn_on_the_ground() -> None:
    chart = line_chart([0] * 30)

    assert chart is not None
    assert chart.last[1] == HEIGHT - BOTTOM
