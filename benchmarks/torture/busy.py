"""`busy`: people edit while a whole catalogue is synced into the same SQLite file."""

import threading
import time
from collections.abc import Iterator

from sqlalchemy.exc import OperationalError

from benchmarks.torture.ground import Finding, Ground, ground, offering
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.products.service import ProductCatalogService

PRODUCTS = 10_000
PEOPLE = 20
LONGEST = 2.0


def busy(database: str) -> Iterator[Finding]:
    """Sync ten thousand products, then all of them changed, while twenty people save one product a second each."""
    with ground(database, _generation(0)) as there:
        _synced(there)
        there.write("UPDATE external_system SET guards = :open", open='{"max_change_percent": 100}')
        there.source.listing.replace(_generation(1))
        people = _People(there)
        people.begin()
        seconds = _synced(there)
        people.end()
        waits = sorted(people.waits)
        told = f"longest {waits[-1]:.2f} s, 95 % under {waits[int(len(waits) * 0.95)]:.2f} s, of {len(waits)} edits"
        named = f"{PEOPLE} people edit while {PRODUCTS} products change in {seconds:.0f} s, {database}"
        yield Finding(f"{named}: refused by a lock", f"{people.locked}", people.locked == 0)
        yield Finding("... how long an edit took", told, waits[-1] < LONGEST)


class _People:
    """Twenty threads of one process, each with a database session of its own."""

    def __init__(self, there: Ground) -> None:
        self._app = there.app()
        self._ids = [row[0] for row in there.rows("SELECT id FROM product")]
        self._chance = there.chance
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._edit, args=(number,)) for number in range(PEOPLE)]
        self.waits: list[float] = []
        self.locked = 0

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _edit(self, person: int) -> None:
        with self._app.app_context():
            while not self._stop.wait(self._chance.uniform(0.5, 1.5)):
                product = self._chance.choice(self._ids)
                begun = time.monotonic()
                try:
                    values = {"short_name": f"by {person} at {begun:.0f}"}
                    ProductCatalogService().patch(product, values, expected_version=None, actor=f"user:{person}")
                except OperationalError:
                    self.locked += 1
                except CatalogError:
                    # Somebody else saved the same product first; that is told to people, and no lock.
                    continue
                finally:
                    self.waits.append(time.monotonic() - begun)
                    db.session.remove()


def _generation(number: int) -> list[dict[str, object]]:
    return [offering(row, name=f"Plan {row} of {number}") for row in range(PRODUCTS)]


def _synced(there: Ground) -> float:
    begun = time.monotonic()
    process = there.start("sync", "run", "xiva", "--wait")
    process.wait(timeout=600)
    assert process.returncode == 0, there.told(process)
    return time.monotonic() - begun
