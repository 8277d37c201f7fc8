"""Histories of sources and people, made up by Hypothesis and played on a real SQLite database."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange, SyncRun
from tests.support.databases import SqliteTemplate
from tests.sync.engine.engine import Engine
from tests.sync.offerings import offering

COUNT = 4
LINA = "user:lina"


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """One database: what is decided here is the same on both, and the other tests see to the rest."""
    return sqlite_template.copy_to(tmp_path)


played = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

says = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["One", "Two", "Three"]),
        "description": st.sampled_from([None, "Words", "More words"]),
        "price": st.sampled_from(["5.00", "19.90", "19.9"]),
        "lifecycleStatus": st.sampled_from(["Active", "Active", "Suspended", "Odd"]),
        "version": st.sampled_from(["1", "2"]),
    }
)
listings = st.dictionaries(st.integers(0, COUNT - 1), says, max_size=COUNT)
edits = st.tuples(
    st.integers(0, COUNT - 1),
    st.sampled_from([{"name": "Ours"}, {"name": "Two"}, {"description": "Ours"}, {"lifecycle_status": "suspended"}]),
    st.booleans(),
)
histories = st.lists(st.one_of(listings, edits), min_size=1, max_size=8)


def rows_of(listing: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [offering(number, **fields) for number, fields in listing.items()]


def shown_fields(product: Product) -> dict[str, Any]:
    return {name: as_json(getattr(product, name)) for name in (*FIELDS, "missing_since")}


def forget_everything() -> None:
    with writing() as session:
        for model in (SyncChange, SyncRun, Revision, Product):
            session.execute(db.delete(model))


def edit(engine: Engine, number: int, fields: dict[str, Any], *, lock: bool) -> None:
    product = engine.products().get(f"PO-{number}")
    if product is None:
        return
    try:
        ProductCatalogService().patch(product.id, fields, expected_version=None, actor=LINA)
    except RuleError:
        return
    if not lock:
        with writing() as session:
            session.get_one(Product, product.id).field_locks = {}


@played
@given(history=histories, last=listings)
def test_what_a_plan_shows_is_what_applying_it_does_and_nothing_else(
    app: Flask, history: list[Any], last: dict[int, dict[str, Any]]
) -> None:
    forget_everything()
    engine = Engine()
    play(engine, history)
    before = {name: (product.version, shown_fields(product)) for name, product in engine.products().items()}
    run = engine.plan(rows_of(last))
    planned = {name: (change.kind, change.before, change.after) for name, change in engine.changes(run).items()}
    counts = (run.created, run.updated, run.withdrawn, run.conflicts, run.unchanged)

    applied = engine.apply(run, as_shown=True)

    assert {n: (c.kind, c.before, c.after) for n, c in engine.changes(applied).items()} == planned
    assert (applied.created, applied.updated, applied.withdrawn, applied.conflicts, applied.unchanged) == counts
    for name, product in engine.products().items():
        kind, _, after = planned.get(name, ("none", None, None))
        version, fields = before.get(name, (0, {}))
        written = kind in ("create", "update", "withdraw", "conflict")
        assert product.version == version + written
        taken = after if written else {}
        assert shown_fields(product) == {**(fields or shown_fields(product)), **(taken or {})}


@played
@given(history=histories)
def test_no_history_of_syncs_loses_a_value_that_a_person_locked(app: Flask, history: list[Any]) -> None:
    forget_everything()
    engine = Engine()
    owned: dict[tuple[str, str], Any] = {}
    for event in history:
        play(engine, [event])
        products = engine.products()
        if isinstance(event, tuple):
            number, fields, lock = event
            product = products.get(f"PO-{number}")
            if product is not None and not lock:
                owned = {key: value for key, value in owned.items() if key[0] != f"PO-{number}"}
            if product is not None and lock:
                owned |= {
                    (f"PO-{number}", name): getattr(product, name) for name in fields if name in product.field_locks
                }
        for (name, field), value in owned.items():
            assert getattr(products[name], field) == value


@played
@given(history=histories, last=listings)
def test_a_second_run_of_the_same_listing_plans_nothing(
    app: Flask, history: list[Any], last: dict[int, dict[str, Any]]
) -> None:
    forget_everything()
    engine = Engine()
    play(engine, [*history, last])

    again = engine.plan(rows_of(last))

    assert (again.created, again.updated, again.withdrawn, again.conflicts) == (0, 0, 0, 0)


@played
@given(history=histories, last=listings, interfering=edits)
def test_a_plan_whose_products_moved_is_decided_as_if_it_were_made_after_they_did(
    app: Flask, history: list[Any], last: dict[int, dict[str, Any]], interfering: tuple[int, dict[str, Any], bool]
) -> None:
    number, fields, lock = interfering
    outcomes = []
    for edited_late in (True, False):
        forget_everything()
        engine = Engine()
        play(engine, history)
        if not edited_late:
            edit(engine, number, fields, lock=lock)
        run = engine.plan(rows_of(last))
        if edited_late:
            edit(engine, number, fields, lock=lock)
        engine.apply(run)
        outcomes.append({name: shown_fields(product) for name, product in engine.products().items()})
        for product in outcomes[-1].values():
            product["missing_since"] = product["missing_since"] is not None

    assert outcomes[0] == outcomes[1]


def play(engine: Engine, history: list[Any]) -> None:
    for event in history:
        if isinstance(event, tuple):
            number, fields, lock = event
            edit(engine, number, fields, lock=lock)
        else:
            engine.sync(rows_of(event))
