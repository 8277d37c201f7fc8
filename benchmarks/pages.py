"""`python -m benchmarks.pages [--products N ...] [--database sqlite|postgresql] [--keep FOLDER]`: what the product list costs as a page."""

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sqlalchemy import func, select

from benchmarks.bare import FOLDER
from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.reads import Figure
from benchmarks.seed import seed
from benchmarks.serving import Served, served
from catalog_app.accounts.models import User
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import sessions, users
from catalog_app.accounts.service.sessions import Client
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product

LIST = "/admin/products/"
FRAGMENT = {"HX-Request": "true"}
EMAIL = "bench@example.org"
PASSWORD = "a password of the benchmark"  # noqa: S105  # it protects nothing
ASKED: Mapping[str, Mapping[str, str]] = {
    "list of 25": {},
    "list of 50": {"limit": "50"},
    "list of 50, type and status": {"limit": "50", "product_type": "data", "lifecycle_status": "launched"},
    "list of 50, by price": {"limit": "50", "sort": "price"},
    "segment": {"segment": "premium"},
    "conflicts": {"sync_state": "conflict"},
    "changed in 30 days": {"changed_days": "30"},
    "search, a common word": {"search": "roaming"},
    "search, Cyrillic": {"search": "роум"},
    "search, absent": {"search": "qzxwv"},
    "search, two letters": {"search": "5g"},
    "search, filtered, by name": {"search": "roaming", "lifecycle_status": "launched", "sort": "name"},
}
SAME_BYTES = "list of 50"
"""The state whose answers are also sent by a program that does nothing else."""
BARE = f"{SAME_BYTES}, the same bytes from a bare WSGI program"


def main() -> None:
    options = _options()
    for size in options.products:
        print(f"\n{options.database}, {size:,} products, {_machine()}: ms of CPU a request\n", flush=True)
        print("| what | fragment | full page |\n| --- | --- | --- |", flush=True)
        for part, page in pages(options.database, size, options.keep):
            print(f"| {page.what} | {part.cpu:.2f} | {page.cpu:.2f} |", flush=True)


def pages(kind: str, products: int, keep: Path | None) -> Iterator[tuple[Figure, Figure]]:
    """Yield what each state of the list costs, as a fragment and as a whole page; `keep` reuses a database of SQLite."""
    with ExitStack() as stack:
        database = stack.enter_context(empty_database(kind) if keep is None else _kept_database(keep, products))
        stack.enter_context(application_on(database))
        _fill(products)
        session, environment = f"catalog_session={_signed_in()}", _environment(database)
        server = stack.enter_context(
            served("wsgi:app", environment, database=database.server, headers={"Cookie": session})
        )
        # A browser sends back the cookie of its forms, too; without it each answer would make a new one.
        page = {"Cookie": "; ".join((session, *_given_cookies(server)))}
        fragment = page | FRAGMENT
        for what, parameters in ASKED.items():
            address = f"{LIST}?{urlencode(parameters)}"
            yield (
                Figure(f"{what}, fragment", _cost(server, address, fragment)),
                Figure(what, _cost(server, address, page)),
            )
        yield _bare(server, f"{LIST}?{urlencode(ASKED[SAME_BYTES])}")


def _cost(server: Served, address: str, headers: Mapping[str, str]) -> float:
    server.headers = headers
    return server.cost(repeat(address))


def _bare(server: Served, address: str) -> tuple[Figure, Figure]:
    """Return what it costs to send answers of the same length without making them."""
    bodies = {"fragment": server.get(address, **FRAGMENT)[1], "page": server.get(address)[1]}
    with TemporaryDirectory() as folder:
        for name, body in bodies.items():
            (Path(folder) / name).write_bytes(body)
        with served("benchmarks.bare:app", {FOLDER: folder}, database=None) as bare:
            costs = {name: bare.cost(repeat(f"/{name}")) for name in bodies}
    return Figure(f"{BARE}, fragment", costs["fragment"]), Figure(BARE, costs["page"])


@contextmanager
def _kept_database(folder: Path, products: int) -> Iterator[Database]:
    folder.mkdir(parents=True, exist_ok=True)
    yield Database("sqlite", f"sqlite:///{(folder / f'pages-{products}.db').resolve()}", folder.resolve(), None)


def _fill(products: int) -> None:
    found = db.session.scalar(select(func.count()).select_from(Product)) or 0
    db.session.remove()
    if not found:
        seed(db.engine, products)
    elif found != products:
        raise SystemExit(f"The database that was kept holds {found:,} products, not {products:,}.")


def _signed_in() -> str:
    user = db.session.scalar(select(User).where(User.email == EMAIL))
    user = user or users.create(NewUser(email=EMAIL, name="The bench", role="editor"), PASSWORD, actor="bench")
    with writing() as session:
        secret = sessions.start_in(session, user, Client(address="127.0.0.1", user_agent="bench"), utcnow())
    db.session.remove()
    return secret


def _given_cookies(server: Served) -> Iterator[str]:
    answer, _ = server.get(LIST)
    for cookie in answer.headers.get_all("Set-Cookie") or ():
        yield cookie.partition(";")[0]


def _environment(database: Database) -> dict[str, str]:
    return {
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_RATE_LIMIT": "10000000/minute",
    }


def _machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {utcnow():%Y-%m-%d}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--products", type=int, nargs="+", default=[100_000], help="the sizes of catalogue to measure")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--keep", type=Path, help="a folder in which the database of SQLite stays for the next run")
    options = parser.parse_args()
    if options.keep and options.database != "sqlite":
        parser.error("only a database of SQLite can be kept")
    return options


if __name__ == "__main__":
    main()
