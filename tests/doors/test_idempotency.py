"""A POST that is sent again is not done again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, update

from catalog_app.accounts import requires_scope
from catalog_app.core import idempotency
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.core.idempotency import keeping
from catalog_app.core.idempotency.models import KeptAnswer
from catalog_app.products.models import Product
from tests.doors.conftest import NEW
from tests.support.api import Answer, Program

KEY = {"Idempotency-Key": "7f3c2a"}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def create(api: Program, body: Any = NEW, *, path: str = "/products/", key: str = "7f3c2a") -> Answer:
    return api.post(path, body, headers={"Idempotency-Key": key})


def products() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Product)) or 0


def test_the_same_request_with_the_same_key_gets_the_first_answer_again(api: Program) -> None:
    first, again = create(api), create(api)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert products() == 1


def test_without_a_key_every_request_is_carried_out(api: Program) -> None:
    api.post("/products/", NEW)
    api.post("/products/", NEW)

    assert products() == 2


def test_another_key_is_another_request(api: Program) -> None:
    create(api, key="one")
    create(api, key="two")

    assert products() == 2


@pytest.mark.parametrize(
    ("body", "path"), [({**NEW, "name": "Other"}, "/products/"), ({"external_system": "xiva"}, "/products/sync/")]
)
def test_the_same_key_with_another_request_is_422(api: Program, body: Any, path: str) -> None:
    create(api)

    answer = create(api, body, path=path)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["detail"]
    assert products() == 1


def test_two_programs_may_use_the_same_key(app: Flask, api: Program) -> None:
    other = Program.with_scopes(app, "products:write", name="another program")

    create(api)

    assert create(other).status_code == 201
    assert products() == 2


def test_a_refusal_is_kept_too(api: Program) -> None:
    first, again = create(api, {"name": "No type"}), create(api, {"name": "No type"})

    assert (first.status_code, again.status_code) == (422, 422)
    assert again.data == first.data


@pytest.mark.parametrize("key", ["", "   ", "x" * 256, "two words", "t\u00e4st", '"', '"a"b"'])
def test_what_is_no_key_is_400(api: Program, key: str) -> None:
    assert create(api, key=key).status_code == 400
    assert products() == 0


def test_a_key_means_the_same_bare_and_quoted(api: Program) -> None:
    create(api, key="k-1")

    assert create(api, key='"k-1"').headers["Idempotent-Replayed"] == "true"


def test_a_key_is_kept_for_a_day(api: Program) -> None:
    with time_machine.travel(START, tick=False) as clock:
        create(api)
        clock.shift(timedelta(hours=23, minutes=59))
        assert create(api).headers["Idempotent-Replayed"] == "true"
        clock.shift(timedelta(minutes=1))
        assert create(api, {**NEW, "name": "Another day"}).json["name"] == "Another day"

    assert products() == 2


def test_of_20_equal_requests_at_once_one_creates_the_product(api: Program) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: create(api), range(20)))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}, statuses
    assert len({answer.headers["Location"] for answer in answers if answer.status_code == 201}) == 1
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
    assert create(api).status_code == 201
    assert products() == 1


def claimed(api: Program) -> KeptAnswer:
    """Return the row of a request that somebody began and did not answer."""
    create(api)
    with writing() as session:
        session.execute(update(KeptAnswer).values(status=None, body=None, headers=[], done_at=None))
        session.execute(update(Product).values(deleted_at=utcnow(), external_product_id="gone"))
        return session.scalars(select(KeptAnswer)).one()


def test_while_an_equal_request_is_carried_out_the_answer_is_409(app: Flask, api: Program) -> None:
    claimed(api)

    answer = create(api)

    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")


def test_a_key_whose_request_died_is_free_again_after_two_minutes(app: Flask, api: Program) -> None:
    claimed(api)
    with time_machine.travel(utcnow() + timedelta(minutes=2, seconds=1)):
        answer = create(api)

    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_a_request_that_was_carried_out_by_one_who_died_is_not_carried_out_again(app: Flask, api: Program) -> None:
    claimed(api)
    with writing() as session:
        session.execute(update(KeptAnswer).values(done_at=utcnow()))
    with time_machine.travel(utcnow() + timedelta(minutes=2, seconds=1)):
        answer = create(api)

    assert answer.status_code == 409
    assert "was carried out" in answer.json["detail"]
    assert "Retry-After" not in answer.headers
    assert products() == 1


def test_one_who_was_frozen_and_lost_its_claim_changes_nothing(app: Flask, api: Program) -> None:
    frozen = keeping.Claim(claimed(api).key_hash, 1)
    with time_machine.travel(utcnow() + timedelta(minutes=2, seconds=1)):
        create(api)

    with pytest.raises(ConflictError, match="took its place"):
        late(frozen)

    assert products() == 2


def late(held: keeping.Claim) -> None:
    with writing() as session:
        session.add(Product(name="Late", product_type="data", external_product_id="late"))
        keeping.mark_done(session, held)


def views(app: Flask) -> None:
    """Add two views that answer otherwise at each call: one breaks at its first, one shows a secret."""
    calls = count(1)

    @requires_scope("products:write")
    def breaks() -> ResponseReturnValue:
        call = next(calls)
        if call == 1:
            raise ZeroDivisionError
        return {"call": call}

    @requires_scope("products:write")
    def tells() -> ResponseReturnValue:
        return Response(f"whsec_{next(calls)}hidden", headers={"Cache-Control": "no-store"})

    app.add_url_rule("/api/breaks", "breaks", breaks, methods=["POST"])
    app.add_url_rule("/api/tells", "tells", tells, methods=["POST"])


def test_a_failure_of_ours_is_not_kept(app: Flask) -> None:
    views(app)
    api = Program.with_scopes(app, "products:write")

    assert [api.post("/api/breaks", headers=KEY).status_code for _ in range(3)] == [500, 200, 200]
    assert api.post("/api/breaks", headers=KEY).json == {"call": 2}


@pytest.mark.parametrize("settings_overrides", [{"encryption_keys": Fernet.generate_key().decode()}, {}])
def test_an_answer_that_shows_a_secret_is_not_kept_in_the_clear(app: Flask, settings_overrides: dict[str, str]) -> None:
    views(app)
    api = Program.with_scopes(app, "products:write")

    first, again = (api.post("/api/tells", headers=KEY) for _ in range(2))

    row = db.session.scalars(select(KeptAnswer)).one()
    assert b"hidden" not in (row.body or b"")
    assert first.text == "whsec_1hidden"
    assert (again.status_code, again.text == first.text) == ((200, True) if settings_overrides else (409, False))


def test_what_is_no_longer_given_is_purged(app: Flask, api: Program) -> None:
    create(api, key="old")
    assert idempotency.purge(utcnow() + timedelta(hours=23)) == {"kept_answers": 0}
    assert idempotency.purge(utcnow() + timedelta(hours=25)) == {"kept_answers": 1}
    assert db.session.scalars(select(KeptAnswer)).all() == []


def test_a_get_takes_no_notice_of_a_key(api: Program) -> None:
    api.get("/products/", headers=KEY)
    create(api)

    assert api.get("/products/?fields=id", headers=KEY).json["results"] != []
