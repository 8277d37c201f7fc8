"""How offers are chosen is one document: read, put in place as a whole, refused by field, kept in history."""

from flask import Flask

from catalog_app.core.db import db
from catalog_app.events.service import revisions_of
from catalog_app.recommendations.settings import SUBJECT, THE_SETTINGS
from tests.support.api import Program


def test_what_was_read_can_be_changed_and_sent_back(app: Flask, keeper: Program) -> None:
    read = keeper.get("/nbo/settings/")
    weights = [{"product_type": "data", "weight": 1.5}, {"product_id": 7, "weight": 0}]
    contexts = [{"key": "recharge", "label": "Top-up", "weights": weights}]
    wanted = {**read.json, "contexts": contexts, "exploration": {**read.json["exploration"], "on": True}}

    put = keeper.put("/nbo/settings/", wanted, headers={"If-Match": read.headers["ETag"]})

    assert put.status_code == 200, put.text
    assert put.json["exploration"]["on"] is True
    assert put.json["contexts"][0]["weights"][1] == {
        "product_type": None,
        "category": None,
        "product_id": 7,
        "weight": 0,
    }
    assert keeper.get("/nbo/settings/").json == put.json
    stale = keeper.put("/nbo/settings/", wanted, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412
    (told,) = revisions_of(db.session(), SUBJECT, THE_SETTINGS)
    assert sorted(told.changes) == ["contexts", "exploration"]


def test_a_setting_that_breaks_a_rule_is_named_by_its_place(app: Flask, keeper: Program) -> None:
    two = [{"key": "a", "label": "A", "weights": [{"weight": 1}]}, {"key": "a", "label": "B"}]

    answer = keeper.put(
        "/nbo/settings/",
        {"contexts": two, "exploration": {"uniform": 0.9}, "train_at": "25:00", "attribution_days": 0, "epsilon": 1},
    )

    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert pointers == {
        "/contexts/0/weights/0", "/exploration/uniform", "/train_at", "/attribution_days", "/epsilon",
    }  # fmt: skip
