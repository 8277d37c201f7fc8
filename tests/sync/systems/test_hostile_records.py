"""One record that cannot be used is set aside with its field and its reason, and the run goes on with the others."""

import json

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.text import MAX_EXACT
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.probe import probe
from catalog_app.sync.systems.schema import SystemInput
from catalog_app.sync.systems.systems import create_system
from tests.core.http.hostile import Asked, HostileServer, Say
from tests.sync.offerings import offering

ODD = {
    "the same key twice": b'{"id": "ODD", "name": "a", "name": "b", "lifecycleStatus": "Active"}',
    "a number beyond reason": b'{"id": "ODD", "name": "a", "lifecycleStatus": "Active", "size": 1e999}',
    "half a character": b'{"id": "ODD", "name": "\\ud800", "lifecycleStatus": "Active"}',
    "a NUL": b'{"id": "ODD", "name": "a\\u0000b", "lifecycleStatus": "Active"}',
    "a name without end": b'{"id": "ODD", "name": "%b", "lifecycleStatus": "Active"}' % (b"x" * 100_000),
    "a name that is a list": b'{"id": "ODD", "name": ["a"], "lifecycleStatus": "Active"}',
    "a number that no reader keeps": b'{"id": "ODD", "name": "a", "lifecycleStatus": "Active", "characteristic": '
    b'[{"name": "x", "value": %d}]}' % (MAX_EXACT + 2),
}


@pytest.fixture
def served(app: Flask, elsewhere: HostileServer) -> HostileServer:
    values = {"label": "Odd", "preset": "tmf620", "base_url": elsewhere.url, "auth_kind": "none"}
    create_system("odd", SystemInput.check(values), actor="test")
    return elsewhere


def says(server: HostileServer, *rows: bytes) -> None:
    def answer(asked: Asked) -> Say:
        offset = int(asked.query["offset"])
        return Say(body=b"[" + b",".join(rows[offset:]) + b"]", headers={"X-Total-Count": str(len(rows))})

    server.script = answer


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_record_is_set_aside_and_the_others_come(app: Flask, served: HostileServer, odd: bytes) -> None:
    good = [json.dumps(offering(number)).encode() for number in range(9)]
    says(served, *good, odd)
    service = ProductSyncService()

    run = service.run("odd")

    assert (run.status, run.error, run.created, run.rejected) == ("applied", None, 9, 1)
    aside = db.session.query(SyncChange).filter_by(run_id=run.id, kind="rejected").one()
    assert aside.field
    assert aside.reason
    assert probe(db.session(), "odd").rejected[0].reason


@pytest.mark.parametrize("what", ["the same key twice", "half a character", "a NUL", "a name without end"])
def test_what_was_set_aside_is_not_let_in_by_trying_it_again(app: Flask, served: HostileServer, what: str) -> None:
    says(served, *[json.dumps(offering(number)).encode() for number in range(9)], ODD[what])
    service = ProductSyncService()
    run = service.run("odd")

    again = service.execute(service.request_retry(run.id, actor="test").id)

    assert (again.status, again.created, again.rejected) == ("applied", 0, 1)


def test_a_product_whose_record_cannot_be_read_any_more_stays_as_it_is(app: Flask, served: HostileServer) -> None:
    good = [json.dumps(offering(number)).encode() for number in range(9)]
    fine = json.dumps({**offering(9), "id": "ODD"}).encode()
    says(served, *good, fine)
    service = ProductSyncService()
    service.run("odd")
    says(served, *good, ODD["the same key twice"])

    run = service.run("odd")

    assert (run.status, run.withdrawn, run.rejected, run.complete) == ("applied", 0, 1, False)
    product = ProductCatalogService().by_identity("odd", "ODD")
    assert product is not None
    assert product.missing_since is None
