"""Figures as rows of a Markdown table: what was measured, what it has to be, and what a library reaches."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.nbo.figures import Figure

HEADING = (
    "| gate | measured | value | target | goal | met | best library in this run |",
    "|---|---|---|---|---|---|---|",
)


def rows(figures: Sequence[Figure], libraries: Mapping[str, Sequence[Figure]]) -> Iterator[str]:
    """Yield a row for each figure; `libraries` are the figures of each library on the same gate."""
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        cells = (
            figure.gate,
            figure.name,
            shown(figure),
            "" if figure.target is None else f"{sign} {_number(figure.target, figure.unit)}",
            "" if figure.goal is None else f"{sign} {_number(figure.goal, figure.unit)}",
            _met(figure),
            _best(figure, libraries),
        )
        yield f"| {' | '.join(cells)} |"


def shown(figure: Figure) -> str:
    return _number(figure.value, figure.unit)


def _met(figure: Figure) -> str:
    if figure.target is None:
        return ""
    if not figure.is_met:
        return "NO"
    return "yes, and the goal" if figure.reaches_goal else "yes"


def _best(figure: Figure, libraries: Mapping[str, Sequence[Figure]]) -> str:
    """Return what the best library reached, with all others after it."""
    found = [(one.value, name) for name, told in libraries.items() for one in told if one.name == figure.name]
    ordered = sorted(found, reverse=figure.at_least)
    return ", ".join(f"{name} {_number(value, figure.unit)}" for value, name in ordered)


def _number(value: float, unit: str) -> str:
    if unit == "us":
        return f"{value:,.0f} us"
    if unit == "MB":
        return f"{value:,.0f} MB"
    if unit == "s":
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004
    return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.1e}"  # noqa: PLR2004
