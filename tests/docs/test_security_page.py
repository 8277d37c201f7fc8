"""The security page names tests and files: all of them exist, and every link of it leads somewhere."""

import ast
import re
from functools import cache
from pathlib import Path

from catalog_app.settings import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LEVELS_1_AND_2: dict[int, dict[int, int]] = {
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
"""By chapter and section, up to which number its requirements are of level 1 or 2; the others are of level 3."""
NO_SUCH_THING = 17
FOLDERS = ("catalog_app/", "deploy/", "docs/", "static/", "templates/", "tests/")
NAMED = re.findall(r"`([^`\s]+)`", PAGE)
TESTS = sorted({name for name in NAMED if name.startswith("tests/") and "::" in name})
FILES = sorted({name.partition("::")[0] for name in NAMED if name.startswith(FOLDERS)})


@cache
def named_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def headings(text: str) -> set[str]:
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def test_every_file_that_the_page_names_is_there() -> None:
    assert len(FILES) > 40
    assert [name for name in FILES if not (ROOT / name).is_file()] == []
    single = [name for name in NAMED if re.fullmatch(r"[\w.-]+\.(json|lock|toml|txt)", name)]
    assert [name for name in single if not (ROOT / name).is_file()] == []


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(TESTS) > 100
    missing = [name for name in TESTS if name.partition("::")[2] not in named_in(ROOT / name.partition("::")[0])]
    assert missing == []


def test_every_link_of_the_page_leads_somewhere() -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGE):
        file, _, anchor = target.partition("#")
        text = (ROOT / "docs" / file).read_text(encoding="utf-8") if file else PAGE
        if anchor and anchor not in headings(text):
            lost.append(target)
    assert lost == []


def test_every_requirement_of_levels_1_and_2_is_met_or_named() -> None:
    told = PAGE.split("## OWASP ASVS 5.0", 1)[1]
    named = set(re.findall(r"V\d+(?:\.\d+)*", told))
    for section, first, last in re.findall(r"V(\d+\.\d+)\.(\d+) to V\d+\.\d+\.(\d+)", told):
        named |= {f"V{section}.{number}" for number in range(int(first), int(last) + 1)}
    # A whole section, or a whole chapter, is named where it does not apply.
    left_out = set(
        re.findall(r"V\d+(?:\.\d+)?(?=[ ,(])", "\n".join(re.findall(r"^Not applicable:.*$", told, re.MULTILINE)))
    )
    wanted = [
        f"V{chapter}.{section}.{number}"
        for chapter, sections in LEVELS_1_AND_2.items()
        for section, most in sections.items()
        for number in range(1, most + 1)
        if chapter != NO_SUCH_THING and f"V{chapter}.{section}" not in left_out
    ]
    assert [number for number in wanted if number not in named] == []


def test_the_standard_has_253_requirements_of_these_levels() -> None:
    assert sum(most for sections in LEVELS_1_AND_2.values() for most in sections.values()) == 253


def test_what_does_not_hold_is_told_where_the_requirement_stands_too() -> None:
    told = PAGE.split("## What does not hold", 1)[1].split("\n## ", 1)[0]
    numbers = set(re.findall(r"V\d+\.\d+\.\d+", told))
    tables = PAGE.split("## OWASP ASVS 5.0", 1)[1]
    assert sorted(number for number in numbers if not re.search(rf"{re.escape(number)}\b", tables)) == []
