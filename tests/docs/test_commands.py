"""The guides: every command of a page is typed into a shell, in order, on an installation of its own, and has to work."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from catalog_app.demo.standin.products import StandinProduct
from catalog_app.demo.standin.stripe import StripeStandin
from catalog_app.demo.standin.xiva import XivaStandin
from tests.docs.commands import LANGUAGES, MACHINE, NOT_RUN, PAGES, REAL, REPORTED, TYPED, here, script_of
from tests.docs.guide import DOCS, blocks
from tests.docs.installation import PRODUCTS, Installation
from tests.docs.machine import machine
from tests.support.databases import SECRET_KEY, PostgresDatabase, SqliteTemplate
from tests.support.skips import NO_OPENSSL
from tests.sync.offerings import offering

PASSWORD: Final = "a password of the guides"
WITH_COMMANDS: Final = tuple(page for page in PAGES if script_of(page))
FRESH: Final = DOCS / "operators.md"
"""The page that begins with an empty machine: it says every setting itself."""


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin([offering(number) for number in range(PRODUCTS)], username="catalogue", password=PASSWORD) as up:
        yield up


@pytest.fixture
def stripe() -> Iterator[StripeStandin]:
    with StripeStandin([StandinProduct(id="1", name="A device")], token=PASSWORD) as up:
        yield up


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_every_command_of_a_page_works_as_it_stands(
    page: Path, xiva: XivaStandin, stripe: StripeStandin, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip(NO_OPENSSL)
    database = database_of(page, tmp_path, request)
    variables = {"folder": str(tmp_path), "source": xiva.base_url, "stripe": stripe.base_url, "database": database}
    environment = {"CATALOG_ALLOW_LOOPBACK_SOURCES": "true", "CATALOG_LOG_LEVEL": "ERROR"}
    if page != FRESH:
        environment |= installed(database, tmp_path, xiva) | {"SHOP_KEY": PASSWORD, "TOKEN": "copied by the reader"}
    with closing(Installation(xiva)) as installation:
        shell = machine(tmp_path, installation, password=PASSWORD)
        done = shell.run(here(script_of(page), variables), environment, name=page.name)

    assert done.returncode == 0, done.stdout[-1500:]


def database_of(page: Path, folder: Path, request: pytest.FixtureRequest) -> str:
    if page == FRESH:
        server: PostgresDatabase = request.getfixturevalue("postgres")
        return server.empty()
    template: SqliteTemplate = request.getfixturevalue("sqlite_template")
    return template.copy_to(folder)


def installed(database: str, folder: Path, xiva: XivaStandin) -> dict[str, str]:
    """Return the settings of a service that runs already, for pages that do not begin with an empty machine."""
    return {
        "CATALOG_DATABASE_URL": database,
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(folder),
        "CATALOG_XIVA_BASE_URL": xiva.base_url,
        "CATALOG_XIVA_USERNAME": xiva.username,
        "CATALOG_XIVA_PASSWORD": xiva.password,
    }


def test_a_block_is_typed_into_a_shell_or_says_what_else_it_is() -> None:
    others = {(block.language, f"{page.name} line {block.line}") for page in PAGES for block in blocks(page)}

    assert [where for language, where in sorted(others) if language not in {*TYPED, *LANGUAGES}] == []


def test_the_table_names_nothing_that_no_page_has() -> None:
    scripts = "\n".join(script_of(page) for page in PAGES)
    words = set(scripts.replace("(", " ").split())
    names = {word.rpartition("/")[2] for word in words}

    assert [name for name in (*REPORTED, *REAL, *NOT_RUN) if name not in names] == []
    assert [there for there, _ in MACHINE if there not in scripts] == []
