"""`python -m benchmarks.torture PART`: one row for each thing that must hold; exit code 1 where one does not."""

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.torture.edits import edits
from benchmarks.torture.ground import DATABASES, Finding
from benchmarks.torture.kill import kill
from benchmarks.torture.owners import freeze, takeover
from benchmarks.torture.ticks import ticks


def main() -> int:
    options = _options()
    parts = PARTS if options.part == "all" else {options.part: PARTS[options.part]}
    findings = [_tell(finding) for part in parts.values() for finding in part(options)]
    return 0 if all(finding.holds for finding in findings) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture")
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--times", type=int, help="how many kills (100) or ticks (200)")
    parser.add_argument("--database", choices=[*DATABASES, "both"], help="where a part can run on either")
    return parser.parse_args()


def _databases(options: argparse.Namespace, *usual: str) -> tuple[str, ...]:
    if options.database is None:
        return usual
    return DATABASES if options.database == "both" else (options.database,)


def _each(
    run: Callable[[str, argparse.Namespace], Iterator[Finding]], *usual: str
) -> Callable[[argparse.Namespace], Iterator[Finding]]:
    """Return a part that runs on the databases that were asked for, or on its usual ones."""

    def part(options: argparse.Namespace) -> Iterator[Finding]:
        for database in _databases(options, *usual):
            yield from run(database, options)

    return part


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Finding]]] = {
    "takeover": _each(lambda database, _: takeover(database), *DATABASES),
    "freeze": _each(lambda database, _: freeze(database), *DATABASES),
    "edits": _each(lambda database, _: edits(database), "sqlite"),
    "ticks": _each(lambda database, options: ticks(database, times=options.times or 200), "postgresql"),
    "kill": _each(lambda database, options: kill(database, times=options.times or 100), *DATABASES),
}


def _tell(finding: Finding) -> Finding:
    print(f"{finding.what:<72} {finding.figure:<52} {'holds' if finding.holds else 'DOES NOT HOLD'}", flush=True)
    return finding


if __name__ == "__main__":
    sys.exit(main())
