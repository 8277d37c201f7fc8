"""What pages promise beside their commands: links that lead somewhere, settings that are all named, a proxy that works."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

from catalog_app.settings import Settings
from tests.docs.commands import PAGES
from tests.docs.guide import DOCS, ROOT, blocks
from tests.support.api import Program
from tests.support.databases import SqliteTemplate

OPERATORS: Final = DOCS / "operators.md"
EVERY_PAGE: Final = (*PAGES, *sorted(DOCS.glob("adr/*.md")), ROOT / "deploy" / "README.md", ROOT / "CHANGELOG.md")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED: Final = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
PLACES: Final = (".", "catalog_app", "catalog_app/sync")
"""Where the files lie that contributors are led to; the page says once in which room it is."""
NEW: Final = {"name": "Weekend 5 GB", "product_type": "data"}
UNWRITTEN: Final = {"demo_secret"}
"""Settings that no operator makes: a demo does, for itself."""


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    return sqlite_template.copy_to(tmp_path)


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"trusted_proxies": 1}


def test_every_link_of_a_page_leads_to_something() -> None:
    broken = [f"{page.relative_to(ROOT)}: {link}" for page in EVERY_PAGE for link in _broken(page)]

    assert not broken, "\n".join(broken)


def test_every_file_that_contributors_are_led_to_is_there() -> None:
    text = (DOCS / "contributors.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(
        encoding="utf-8"
    )
    named = set(re.findall(r"`([\w./*-]+/[\w.*-]+\.(?:py|html|toml))`", text))
    missing = [name for name in sorted(named) if not any(list((ROOT / place).glob(name)) for place in PLACES)]

    assert len(named) > 40
    assert missing == []


def test_every_setting_stands_in_the_table_of_operators() -> None:
    page = OPERATORS.read_text(encoding="utf-8")
    named = " ".join(re.findall(r"`([A-Z_*]+)`", page.partition("\n## Settings\n")[2].partition("\n## ")[0]))

    # One that begins several others (OIDC_ISSUER) is named by them.
    missing = [name for name in Settings.model_fields if not re.search(rf"\b{name.upper()}(_|\b)", named)]

    assert set(missing) == UNWRITTEN


def test_the_service_believes_what_the_proxy_of_the_page_says(app: Flask) -> None:
    proxy = next(block.text for block in blocks(OPERATORS) if block.language == "nginx")
    values = {"$host": "catalog.operator.example", "$scheme": "https", "$proxy_add_x_forwarded_for": "1.2.3.4, 5.6.7.8"}
    headers = {name: values[value] for name, value in re.findall(r"proxy_set_header (\S+) (\$\w+);", proxy)}

    answer = Program.with_scopes(app, "products:write").post("/products/", NEW, headers=headers)

    assert answer.headers["Location"] == "https://catalog.operator.example/api/loyalty/v1/products/1/"


def _broken(page: Path) -> Iterator[str]:
    for link in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, place = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (place and target.suffix == ".md" and place not in _places(target)):
            yield link


def _places(page: Path) -> set[str]:
    """Return the names by which headings of a page are linked to."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
