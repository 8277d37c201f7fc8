"""Three clients that do things to the same products at once, as a history says; what each was told is written down."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Flask
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from benchmarks.torture.linear import COMPARED, Change, Happened
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import as_json
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange, SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.support.api import Answer, Program
from tests.sync.offerings import offering

CLIENTS: Final = 3
LISTED: Final = range(3)
"""The products that the source has; people make others."""
_OK, _CREATED, _REFUSED = 200, 201, 409

Step = tuple[Any, ...]

_places = st.integers(0, 4)
_said = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("Alpha", "Beta", "Gamma")),
        "lifecycleStatus": st.sampled_from(("Active", "Retired", "Suspended")),
        "price": st.sampled_from(("10.00", "19.90")),
    }
)
_steps = st.one_of(
    st.tuples(st.just("read"), _places),
    st.tuples(
        st.just("patch"),
        _places,
        st.sampled_from(("name", "description", "category")),
        st.sampled_from(("fresh", "seen", "blind")),
    ),
    st.tuples(st.just("move"), _places, st.sampled_from(("retired", "launched", "suspended"))),
    st.tuples(st.sampled_from(("undo", "delete", "restore")), _places),
    st.tuples(st.just("create")),
    st.tuples(st.just("sync"), st.dictionaries(st.sampled_from(LISTED), _said, min_size=1)),
)


def scripts(longest: int = 8) -> st.SearchStrategy[list[list[Step]]]:
    """Return histories: for each client, what it does one after another."""
    return st.lists(st.lists(_steps, min_size=2, max_size=longest), min_size=CLIENTS, max_size=CLIENTS)


@dataclass
class Scene:
    """What all clients share: the application, the source, the products they know of, and what happened."""

    app: Flask
    source: XivaStandin
    products: list[int] = field(default_factory=list)
    history: list[Happened] = field(default_factory=list)
    runs: dict[int, tuple[float, float]] = field(default_factory=dict)
    # Two that say at the same moment what the source lists would not know what they read.
    listing: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Empty the catalogue, and read three products into it."""
        with writing() as session:
            for table in (SyncChange, SyncRun, Revision, Product):
                session.execute(delete(table))
        self.synced({number: {"name": "Alpha", "lifecycleStatus": "Active", "price": "10.00"} for number in LISTED})
        self.products = sorted(db.session.scalars(select(Product.id)))
        db.session.remove()

    def play(self, script: Sequence[Sequence[Step]], clients: Sequence["Client"]) -> None:
        """Let each client do its part, all at the same time."""
        gate = threading.Barrier(len(script))
        threads = [
            threading.Thread(target=client.play, args=(self, steps, gate))
            for client, steps in zip(clients, script, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        broken = next((client.failure for client in clients if client.failure is not None), None)
        if broken is not None:
            raise broken

    def synced(self, said: Mapping[int, Mapping[str, str]]) -> None:
        """Let the source say this, and read it; a plan that waits is approved."""
        with self.listing:
            begun = time.monotonic()
            self.source.listing.replace([offering(number, **values) for number, values in sorted(said.items())])
            sync = ProductSyncService()
            run = sync.run("xiva")
            if run.status == "awaiting_approval":
                sync.apply(run.id, actor="user:omar")
            self.runs[run.id] = begun, time.monotonic()

    def changes(self) -> list[Change]:
        """Return every revision of a product, in order."""
        with Session(db.engine) as session:
            query = select(Revision).where(Revision.subject_type == "product").order_by(Revision.id)
            return [
                Change(one.subject_id, one.version, one.actor, one.run_id, one.changes)
                for one in session.scalars(query)
            ]

    def present(self) -> dict[int, dict[str, Any]]:
        """Return how each product stands, deleted ones too."""
        told = (*FIELDS, "deleted_at", "missing_since", "field_locks", "version")
        with Session(db.engine) as session:
            return {
                one.id: {name: as_json(getattr(one, name)) for name in told} for one in session.scalars(select(Product))
            }


class Client:
    """One program with a token, which remembers the version that it saw last of each product."""

    def __init__(self, app: Flask, number: int) -> None:
        new = NewToken.model_validate(
            {"name": f"client {number}", "scopes": ("products:read", "products:write"), "expires_at": None}
        )
        row, secret = tokens.create(new, actor="torture")
        self.actor = f"token:{row.name}"
        self.failure: BaseException | None = None
        self.program = Program(app, secret)
        self._seen: dict[int, int] = {}
        self._said = 0

    def play(self, scene: Scene, steps: Sequence[Step], gate: threading.Barrier) -> None:
        try:
            with scene.app.app_context():
                gate.wait()
                for what, *how in steps:
                    self._do(scene, what, how)
                    db.session.remove()
        except BaseException as failure:  # noqa: BLE001  # it is raised where everybody has ended
            self.failure = failure

    def _do(self, scene: Scene, what: str, how: Sequence[Any]) -> None:
        if what == "sync":
            # That another one runs, or that the state forbids it, is an answer, too.
            try:
                scene.synced(how[0])
            except CatalogError:
                db.session().rollback()
        elif what == "create":
            self._create(scene)
        else:
            product = scene.products[how[0] % len(scene.products)]
            getattr(self, f"_{what}")(scene, product, *how[1:])

    def _create(self, scene: Scene) -> None:
        begun = time.monotonic()
        body = {"name": self._word(), "product_type": "data", "price": "5.00", "currency": "SAR"}
        answer = self.program.post("/products/", body)
        self._note(scene, "create", answer.json["id"], answer, begun)
        scene.products.append(answer.json["id"])

    def _read(self, scene: Scene, product: int) -> None:
        begun = time.monotonic()
        self._note(scene, "read", product, self.program.get(f"/products/{product}/"), begun)

    def _patch(self, scene: Scene, product: int, name: str, match: str) -> None:
        if match == "fresh":
            self._read(scene, product)
        expected = None if match == "blind" else self._seen.get(product)
        self._send(scene, product, {name: self._word()}, expected, "patch")

    def _move(self, scene: Scene, product: int, status: str) -> None:
        patch = {"lifecycle_status": status, "status_reason": self._word()}
        self._send(scene, product, patch, None, "move")

    def _send(self, scene: Scene, product: int, patch: Mapping[str, Any], expected: int | None, what: str) -> None:
        headers = {} if expected is None else {"If-Match": f'"{expected}"'}
        begun = time.monotonic()
        answer = self.program.patch(f"/products/{product}/", patch, headers=headers)
        self._note(scene, what, product, answer, begun, expected=expected)

    def _delete(self, scene: Scene, product: int) -> None:
        self._serve(scene, product, "delete", lambda catalog: catalog.delete(
            product, expected_version=None, actor=self.actor).version)  # fmt: skip

    def _restore(self, scene: Scene, product: int) -> None:
        self._serve(scene, product, "restore", lambda catalog: catalog.restore(product, actor=self.actor).version)

    def _undo(self, scene: Scene, product: int) -> None:
        newest = db.session().scalar(
            select(Revision.id).where(Revision.subject_type == "product", Revision.subject_id == product)
            .order_by(Revision.id.desc()).limit(1)
        )  # fmt: skip
        self._serve(scene, product, "undo", lambda catalog: catalog.undo(newest or 0, actor=self.actor)[0].version)

    def _serve(self, scene: Scene, product: int, what: str, work: Any) -> None:
        """Do what only pages offer; a refusal is an answer."""
        begun = time.monotonic()
        try:
            version, status = work(ProductCatalogService()), _OK
        except CatalogError:
            db.session().rollback()
            version, status = None, _REFUSED
        scene.history.append(Happened(self.actor, what, product, status, begun, time.monotonic(), version))

    def _note(
        self, scene: Scene, what: str, product: int, answer: Answer, begun: float, *, expected: int | None = None
    ) -> None:
        ended, is_good = time.monotonic(), answer.status_code in (_OK, _CREATED)
        assert answer.status_code < 500, answer.text  # noqa: PLR2004  # HTTP's
        version = answer.json["version"] if is_good else None
        state = {name: answer.json[name] for name in COMPARED} if is_good else None
        if version is not None:
            self._seen[product] = version
        scene.history.append(
            Happened(self.actor, what, product, answer.status_code, begun, ended, version, expected, state)
        )

    def _word(self) -> str:
        self._said += 1
        return f"{self.actor} {self._said}"
