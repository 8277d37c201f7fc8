"""Writes the table "behaviour x preset" of docs/sync.md from the tests that show each behaviour.

    python scripts/behaviours.py            write it
    python scripts/behaviours.py --check    say whether what is committed is what the tests say; exit code 1 if not

The rows come from tests/sync/contract/behaviours.py, which also decides which tests run for which preset; a row whose
test is not there is an error. So the table cannot say more than the tests show.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "sync.md"
CONTRACT = "tests/sync/contract"
BEGIN, END = "<!-- behaviours: made by scripts/behaviours.py -->", "<!-- behaviours: end -->"


class MissingTestError(Exception):
    """A row names a test that is not there."""


def page_with_table(page: str) -> str:
    """Return the page with the table made anew between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([f"{before}{BEGIN}", *table(), f"{END}{after}"])


def table() -> Iterator[str]:
    """Yield the lines of both tables and of their notes; raises MissingTestError."""
    from tests.sync.contract.behaviours import BEHAVIOURS, ELSEWHERE, NAMES  # noqa: PLC0415  # needs the path below

    notes: dict[str, str] = {}
    yield f"| behaviour | {' | '.join(NAMES)} | test |"
    yield f"|---|{'---|' * len(NAMES)}---|"
    for behaviour in BEHAVIOURS:
        source = f"{CONTRACT}/{behaviour.module}.py"
        must_exist(source, behaviour.test)
        in_database = "usefixtures" in (ROOT / source).read_text(encoding="utf-8")
        cells = []
        for name in NAMES:
            reason = behaviour.without.get(name)
            if reason is None:
                cells.append("both" if in_database and len(behaviour.databases(name)) > 1 else "yes")
            else:
                cells.append(f"-{notes.setdefault(reason, chr(ord('a') + len(notes)))}")
        yield f"| {behaviour.words} | {' | '.join(cells)} | `{behaviour.module}.{behaviour.test}` |"
    yield ""
    yield "yes: shown; both: shown on SQLite and on PostgreSQL; otherwise it does not apply:"
    yield "; ".join(f"{letter}: {reason}" for reason, letter in notes.items()) + "."
    yield ""
    yield "What does not depend on the preset, and what is shown with servers that nobody here wrote:"
    yield ""
    yield "| behaviour | test |\n|---|---|"
    for words, place in ELSEWHERE:
        source, _, test = place.partition("::")
        must_exist(source, test)
        yield f"| {words} | `{place.removeprefix('tests/sync/')}` |"


def must_exist(source: str, test: str) -> None:
    if test not in tests_of(source):
        raise MissingTestError(f"{source} has no test {test}")


@cache
def tests_of(source: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / source).read_text(encoding="utf-8"))
    functions = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    is_check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    made = page_with_table(page)
    if made == page:
        return 0
    if is_check:
        print("docs/sync.md is not what the tests say; run: python scripts/behaviours.py", file=sys.stderr)
        return 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
