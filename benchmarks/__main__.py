"""`python -m benchmarks [--products N ...] [--database sqlite|postgresql|both]`: reads over HTTP, and what a worker needs."""

import argparse
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime

from benchmarks.reads import Figure, reads
from benchmarks.worker import worker

SIZES = (1_000, 100_000, 1_000_000)


def main() -> None:
    options = _options()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(
        f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores\n\n| what | measured |\n|---|---|"
    )
    for what, measured in worker():
        print(f"| {what} | {measured} |", flush=True)
    for kind in kinds:
        by_size = {size: {figure.what: figure for figure in reads(kind, size)} for size in options.products}
        print(f"\n{kind}: ms of CPU a request (and what the limit takes)\n")
        _tell(by_size)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--products", type=int, nargs="+", default=SIZES, help="the sizes of catalogue to measure")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    return parser.parse_args()


def _tell(by_size: Mapping[int, Mapping[str, Figure]]) -> None:
    sizes = list(by_size)
    _row("what", *(f"{size:,} products" for size in sizes), "growth")
    _row(*("---" for _ in range(len(sizes) + 2)))
    for what in by_size[sizes[0]]:
        figures = [by_size[size][what] for size in sizes]
        _row(what, *map(_said, figures), f"{figures[-1].cpu / figures[0].cpu:.1f}x")


def _said(figure: Figure) -> str:
    beside = f" ({figure.limit:.2f}: {figure.limit / figure.cpu:.2f} of it)" if figure.limit else ""
    peer = f"; the peer {figure.peer:.1f}, {figure.peer / figure.cpu:.0f}x" if figure.peer else ""
    return f"{figure.cpu:.2f}{beside}{peer}"


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
