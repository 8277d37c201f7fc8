"""The hub: who subscribes there is told of offerings in TMF620's events."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.events.models import Revision
from catalog_app.events.webhooks.models import Webhook
from catalog_app.events.webhooks.shapes import Event, shape_named
from tests.support.api import Program
from tests.tmforum.conftest import Door

CALLBACK = "http://127.0.0.1:9/listener"


@pytest.fixture
def hub(app: Flask) -> Door:
    return Door(Program.with_scopes(app, "webhooks", name="a listener"))


def events(app: Flask, wanted: Sequence[str] = ()) -> list[Event]:
    """Return what a subscriber is told of everything that happened."""
    with app.app_context():
        revisions = db.session.scalars(select(Revision).order_by(Revision.id)).all()
        shape = shape_named("tmf620")
        return [
            event for row in revisions if row.subject_type == shape.subject_type for event in shape.events(row, wanted)
        ]


def test_a_subscription_is_made_shown_and_ended(app: Flask, hub: Door) -> None:
    posted = hub.post("hub", {"callback": CALLBACK, "query": "eventType=ProductOfferingCreateEvent"})

    assert posted.status_code == 201, posted.text
    subscription = posted.json
    assert subscription == {
        "id": subscription["id"],
        "callback": CALLBACK,
        "query": "eventType=ProductOfferingCreateEvent",
    }
    assert posted.headers["Location"].endswith(f"/hub/{subscription['id']}")
    with app.app_context():
        kept = db.session.get_one(Webhook, int(subscription["id"]))
        assert (kept.shape, kept.event_types, kept.url) == ("tmf620", ["ProductOfferingCreateEvent"], CALLBACK)
    assert hub.delete(f"hub/{subscription['id']}").status_code == 204
    assert hub.delete(f"hub/{subscription['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, {"callback": 5}, {"callback": "x" * 3000}, {"callback": "ftp://a.example"}, {"callback": CALLBACK, "colour": 1},
        {"callback": CALLBACK, "query": "eventType=Sunrise"}, {"callback": CALLBACK, "query": "name=A"},
        {"callback": CALLBACK, "query": 5},
    ],
)  # fmt: skip
def test_a_subscription_that_cannot_be_is_400(hub: Door, body: Any) -> None:
    assert hub.post("hub", body).status_code == 400


def test_only_a_token_for_webhooks_subscribes(door: Door) -> None:
    assert door.post("hub", {"callback": CALLBACK}).status_code == 403


def test_each_change_of_an_offering_is_told_as_its_event(app: Flask, door: Door) -> None:
    made = door.made("productOffering", name="A", description="B", lifecycleStatus="Active")
    path = f"productOffering/{made['id']}"
    door.patch(path, {"description": "C"})
    door.patch(path, {"lifecycleStatus": "Suspended", "name": "D"})
    door.delete(path)

    told = events(app)

    assert [event.type for event in told] == [
        "ProductOfferingCreateEvent",
        "ProductOfferingAttributeValueChangeEvent",
        "ProductOfferingStateChangeEvent",
        "ProductOfferingAttributeValueChangeEvent",
        "ProductOfferingDeleteEvent",
    ]
    created, described, state, named, deleted = (event.body["event"]["productOffering"] for event in told)
    assert (created["id"], created["description"]) == (made["id"], "B")
    assert (described["description"], told[1].body["fieldPath"]) == ("C", "productOffering.description")
    assert "productSpecification" not in described
    assert (state["lifecycleStatus"], named["name"]) == ("Suspended", "D")
    assert deleted["id"] == made["id"]
    assert len({event.id for event in told}) == 5
    assert all(event.id == event.body["eventId"] and event.type == event.body["eventType"] for event in told)


def test_an_event_is_told_the_same_however_often_it_is_asked_for(app: Flask, door: Door) -> None:
    made = door.made("productOffering", name="A")
    before = events(app)
    door.patch(f"productOffering/{made['id']}", {"name": "B"})

    assert events(app)[: len(before)] == before


def test_what_only_this_door_keeps_and_what_was_brought_back_is_told_right(app: Flask, door: Door) -> None:
    made = door.made("productOffering", name="A")
    door.made("productSpecification", name="Line")
    door.patch(f"productOffering/{made['id']}", {"version": "2"})

    assert [event.type for event in events(app)] == ["ProductOfferingCreateEvent"]
