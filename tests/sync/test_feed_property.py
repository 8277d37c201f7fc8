"""Whatever runs, people and programs do, and whenever it is looked at: who follows the feed has the catalogue."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import as_json
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.document import FIELDS
from catalog_app.products.feed import Cursor, changes_since
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange, SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")

NUMBERS = range(4)
NOTED = ("source_updated_at", "quota_left")
"""What a run may note of a product without a change of it."""
Copy = dict[int, dict[str, Any]]

values = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("Alpha", "Beta", "Gamma")),
        "lifecycleStatus": st.sampled_from(["Active", "Retired", "Suspended"]),
        "price": st.sampled_from(["10.00", "19.90"]),
    }
)
listings = st.dictionaries(st.sampled_from(NUMBERS), values, min_size=1)
steps = st.one_of(
    st.tuples(st.just("run"), listings),
    st.tuples(st.just("edit"), st.sampled_from(NUMBERS), st.sampled_from(("Ours", "Alpha"))),
    st.tuples(st.sampled_from(("delete", "restore", "make", "undo", "undo one", "lock", "bulk"))),
    st.tuples(st.just("look"), st.integers(1, 5)),
)


class Follower:
    """Keeps what it is shown and drops what is deleted; begins in the middle of things, with pages of any size."""

    def __init__(self) -> None:
        self.copy: Copy = {}
        self._cursor: Cursor | None = None

    def look(self, size: int) -> bool:
        """Read one page; return whether more waits."""
        with Session(db.engine) as session:
            page = changes_since(session, self._cursor, limit=size)
        for entry in page.entries:
            self.copy.pop(entry.product_id, None)
            if entry.product is not None:
                self.copy[entry.product_id] = entry.product
        self._cursor = page.next
        return page.has_more

    def catch_up(self) -> Copy:
        while self.look(3):
            pass
        return _compared(self.copy)


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin([], password=PASSWORD) as standin:
        yield standin


@given(history=st.lists(steps, min_size=4, max_size=14))
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_follower_has_the_catalogue_after_any_history(app: Flask, xiva: XivaStandin, history: list[Any]) -> None:
    _emptied()
    early, begun = Follower(), Follower()
    early.look(1)
    for what, *how in history:
        if what == "look":
            early.look(how[0])
            begun.look(how[0])
        else:
            _done(xiva, what, *how)

    stands = _catalogue()
    assert early.catch_up() == stands
    assert begun.catch_up() == stands
    assert Follower().catch_up() == stands


def test_a_follower_has_the_catalogue_after_runs_and_people_wrote_at_the_same_time(
    app: Flask, xiva: XivaStandin
) -> None:
    _done(xiva, "run", {number: _said("Alpha") for number in range(40)})
    follower, ended = Follower(), threading.Event()

    def people(name: str) -> None:
        with app.app_context():
            for turn in range(12):
                _done(
                    xiva, ("edit", "delete", "restore", "make")[turn % 4], *((turn % 40, name) if turn % 4 == 0 else ())
                )
            db.session.remove()

    def runs() -> None:
        with app.app_context():
            for turn in range(3):
                _done(xiva, "run", {number: _said(f"Turn {turn}") for number in range(turn, 40)})
                _done(xiva, "undo")
            db.session.remove()

    def follow() -> None:
        with app.app_context():
            while not ended.is_set():
                follower.look(7)

    writers = [threading.Thread(target=people, args=(f"Ours {each}",)) for each in range(2)]
    writers.append(threading.Thread(target=runs))
    reader = threading.Thread(target=follow)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    reader.join()

    assert follower.catch_up() == _catalogue()


def _done(xiva: XivaStandin, what: str, *how: Any) -> None:
    """Do one step; that the state forbids it is a step, too."""
    try:
        if what == "run":
            _synced(xiva, how[0])
        else:
            _STEPS[what](ProductCatalogService(), *how)
    except CatalogError:
        db.session().rollback()


def _synced(xiva: XivaStandin, said: dict[int, dict[str, str]]) -> None:
    sync = ProductSyncService()
    xiva.listing.replace([offering(number, **given) for number, given in said.items()])
    run = sync.run("xiva")
    # So few products: every change is a large share, which a guard holds.
    if run.status == "awaiting_approval":
        sync.apply(run.id, actor="user:omar")


def _edited(catalog: ProductCatalogService, number: int, name: str) -> None:
    catalog.patch(_some(number), {"name": name}, expected_version=None, actor="user:lina")


def _edited_in_bulk(catalog: ProductCatalogService) -> None:
    named = BulkItem("upsert", {"external_product_id": "B", "name": "In bulk", "product_type": "data"})
    others = [BulkItem("patch", {"category": "In bulk"}, _some(each)) for each in range(3)]
    catalog.edit_many([named, *others], actor="token:loader")


_STEPS: dict[str, Callable[..., object]] = {
    "edit": _edited,
    "bulk": _edited_in_bulk,
    "delete": lambda catalog: catalog.delete(_some(), expected_version=None, actor="user:lina"),
    "restore": lambda catalog: catalog.restore(_some(deleted=True), actor="user:lina"),
    "make": lambda catalog: catalog.create({"name": "By hand", "product_type": "data"}, actor="user:lina"),
    "lock": lambda catalog: catalog.lock(_some(), ["name"], actor="user:lina"),
    "undo one": lambda catalog: catalog.undo(_last_change(), actor="user:omar"),
    "undo": lambda _: ProductSyncService().undo(_last_run(), actor="user:omar"),
}


def _said(name: str) -> dict[str, str]:
    return {"name": name, "lifecycleStatus": "Active", "price": "10.00"}


def _some(number: int = 0, *, deleted: bool = False) -> int:
    """Return one of the products that are there, or that are deleted; the number of none where there is none."""
    which = Product.deleted_at.is_not(None) if deleted else Product.deleted_at.is_(None)
    ids = db.session().scalars(select(Product.id).where(which, Product.version > 0).order_by(Product.id)).all()
    return ids[number % len(ids)] if ids else 0


def _last_change() -> int:
    return db.session().scalars(select(Revision.id).order_by(Revision.id.desc())).first() or 0


def _last_run() -> int:
    return db.session().scalars(select(SyncRun.id).order_by(SyncRun.id.desc())).first() or 0


def _catalogue() -> Copy:
    with Session(db.engine) as session:
        living = session.scalars(select(Product).where(Product.deleted_at.is_(None)))
        return _compared({one.id: {field: as_json(getattr(one, field)) for field in FIELDS} for one in living})


def _compared(copy: Copy) -> Copy:
    return {
        number: {field: value for field, value in shown.items() if field not in NOTED} for number, shown in copy.items()
    }


def _emptied() -> None:
    with writing() as session:
        for table in (SyncChange, SyncRun, Revision, Product):
            session.execute(delete(table))
