"""The table of behaviours is whole: every preset, every test, and what the documentation says of them."""

import ast
from pathlib import Path

from catalog_app.sync.connectors.preset import PRESETS
from scripts.behaviours import PAGE, page_with_table

from .behaviours import BEHAVIOURS, ELSEWHERE, NAMES
from .counterparts import COUNTERPARTS

HERE = Path(__file__).parent


def contract_tests() -> set[str]:
    found = set()
    for path in HERE.glob("test_*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        found |= {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    return found


def test_every_shipped_preset_has_a_counterpart() -> None:
    assert {counterpart.preset for counterpart in COUNTERPARTS} == set(PRESETS)


def test_every_contract_test_stands_in_the_table() -> None:
    told = {behaviour.test for behaviour in BEHAVIOURS} | {place.partition("::")[2] for _, place in ELSEWHERE}
    own = {name for name in globals() if name.startswith("test_")}
    assert contract_tests() - own - told == set()


def test_what_a_behaviour_leaves_out_is_a_preset_that_there_is() -> None:
    assert {name for behaviour in BEHAVIOURS for name in behaviour.without} <= set(NAMES)
    assert all(behaviour.presets for behaviour in BEHAVIOURS)


def test_the_documentation_says_what_the_tests_show() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page_with_table(page) == page
