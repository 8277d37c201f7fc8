"""Target and control, and their difference, as rows of a chart of intervals."""

from catalog_app.core.intervals import IntervalChart, Spread, interval_chart
from catalog_app.core.proportions import Comparison


def sides_chart(comparison: Comparison) -> IntervalChart | None:
    """Return both sides below one another, from zero on; None as long as neither has anybody."""
    sides = (("target", comparison.target), ("control", comparison.control))
    rows = [
        Spread(name, arm.rate, arm.interval.low, arm.interval.high)
        for name, arm in sides
        if arm.rate is not None and arm.interval is not None
    ]
    return interval_chart(rows, low=0.0, high=max(row.high for row in rows)) if rows else None


def difference_chart(comparison: Comparison) -> IntervalChart | None:
    """Return the difference with zero always in sight; None where there is nothing to compare."""
    found = comparison.interval
    if comparison.difference is None or found is None:
        return None
    row = Spread("difference", comparison.difference, found.low, found.high)
    return interval_chart([row], low=min(found.low, 0.0), high=max(found.high, 0.0))
