"""`python -m benchmarks.torture PART`: one row for each thing that must hold; exit code 1 where one does not."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.torture.ground import DATABASES, Finding
from benchmarks.torture.parts import PARTS


def main() -> int:
    options = _options()
    names = list(PARTS) if options.part == "all" else [options.part]
    minutes = sum(PARTS[name].minutes for name in names)
    print(f"{options.part}: about {minutes:.0f} minutes on two cores", file=sys.stderr, flush=True)
    found: list[tuple[str, Finding]] = []
    for name in names:
        found += [(name, finding) for finding in _told(name, options)]
        if options.out:
            # After each part, for an hour may be cut short.
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(_table(found), encoding="utf-8")
    return 0 if all(finding.holds for _, finding in found) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture")
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--times", type=int, help="how many kills, ticks, histories and so on, instead of the usual")
    parser.add_argument("--minutes", type=float, help="how long what lasts for minutes lasts, instead of the usual")
    parser.add_argument("--database", choices=[*DATABASES, "both"], help="where a part can run on either")
    parser.add_argument("--revision", help="oldworkers: the commit whose code serves; the last of another schema")
    parser.add_argument("--out", type=Path, help="a file for the findings as a Markdown table")
    return parser.parse_args()


def _told(name: str, options: argparse.Namespace) -> Iterator[Finding]:
    """Yield what a part finds, and print it; one that breaks is a finding, and the next part begins."""
    try:
        for finding in PARTS[name].run(options):
            _tell(finding)
            yield finding
    except Exception as error:
        if options.part != "all":
            raise
        broken = Finding(f"{name}: broke off", f"{type(error).__name__}: {error}"[:200], holds=False)
        _tell(broken)
        yield broken


def _tell(finding: Finding) -> None:
    print(f"{finding.what:<72} {finding.figure:<52} {_verdict(finding)}", flush=True)


def _table(found: list[tuple[str, Finding]]) -> str:
    rows = [f"| {name} | {one.what} | {one.figure} | {_verdict(one)} |" for name, one in found]
    today = datetime.now(UTC).date()
    return "\n".join(
        [f"`python -m benchmarks.torture`, {today}", "", "| part | what | figure | |", "|---|---|---|---|", *rows, ""]
    )


def _verdict(finding: Finding) -> str:
    return "holds" if finding.holds else "DOES NOT HOLD"


if __name__ == "__main__":
    sys.exit(main())
