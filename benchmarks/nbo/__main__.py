"""`python -m benchmarks.nbo --data DIR --protocol FILE [--only NAME ...] [--baselines]`: the public gates in one table.

The exit code is 0 if every target is met. `--baselines` measures the libraries of requirements-bench.txt that are
installed, each on the same protocol in the same run.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from benchmarks.nbo.figures import Figure
from benchmarks.nbo.gates import GATES, baselines
from benchmarks.nbo.table import HEADING, rows

NOT_INSTALLED = "not installed"
_PROTOCOL = "nbo_protocol"


def main() -> None:
    options = _options()
    protocol = _protocol(options.protocol, options.data)
    gates = [gate for gate in GATES if not options.only or gate.name in options.only]
    print(f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores, one thread\n")
    print("\n".join(HEADING), flush=True)
    measured: list[Figure] = []
    beside: list[str] = []
    for gate in gates:
        figures = gate.run(protocol)
        libraries = _libraries(gate.name, protocol, beside) if options.baselines else {}
        print("\n".join(rows(figures, libraries)), flush=True)
        measured += figures
    print(*_afterword(measured, beside), sep="\n")
    sys.exit(0 if all(figure.is_met for figure in measured) else 1)


def _libraries(gate: str, protocol: ModuleType, missing: list[str]) -> dict[str, Sequence[Figure]]:
    """Measure the libraries of a gate; those that are not installed are added to `missing`."""
    found = {}
    for baseline in baselines(gate):
        absent = [name for name in baseline.needs if find_spec(name) is None]
        if absent:
            missing.append(f"{gate}: {baseline.name} {NOT_INSTALLED} ({', '.join(absent)})")
        else:
            found[baseline.name] = baseline.run(protocol)
    return found


def _afterword(measured: Iterable[Figure], missing: Sequence[str]) -> Iterator[str]:
    missed = [f"{figure.gate}, {figure.name}" for figure in measured if not figure.is_met]
    yield ""
    yield f"Not met: {'; '.join(missed)}." if missed else "Every target is met."
    yield from missing


def _protocol(path: Path, data: Path) -> ModuleType:
    spec = spec_from_file_location(_PROTOCOL, path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is no Python module.")
    protocol = module_from_spec(spec)
    # Its dataclasses look their module up by name while they are made.
    sys.modules[_PROTOCOL] = protocol
    spec.loader.exec_module(protocol)
    protocol.DATA = data  # type: ignore[attr-defined]  # the protocol's own setting
    return protocol


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nbo")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets (docs/nbo.md)")
    parser.add_argument("--protocol", type=Path, required=True, help="the module of the public protocols")
    parser.add_argument("--only", nargs="+", choices=[gate.name for gate in GATES], help="these gates")
    parser.add_argument("--baselines", action="store_true", help="measure libraries beside it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
