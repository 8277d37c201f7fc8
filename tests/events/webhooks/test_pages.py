"""Webhooks under Settings: added, changed, paused, tried, told again, and never showing a secret twice."""

import re

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.sealing import unseal
from catalog_app.events.webhooks.models import DEAD, Webhook, WebhookDelivery
from tests.core.http.hostile import HostileServer, Say
from tests.events.webhooks.told import SetClock, made, renamed, rows, turn, verified, webhook
from tests.support.api import Program
from tests.support.clients import Browser
from tests.support.people import signed_in_as

PAGES = "/admin/settings/webhooks"


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in_as(app, "admin")


@pytest.fixture
def settings_overrides(settings_overrides: dict[str, object]) -> dict[str, object]:
    return {**settings_overrides, "allow_loopback_sources": True}


def read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def secret_in(page: str) -> str:
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found is not None
    return found[1]


def added(admin: Browser, receiver: HostileServer, **values: str) -> str:
    """Add a webhook by its page and return the secret that was shown."""
    answer = admin.send(f"{PAGES}/new", url=f"{receiver.url}/told?key=1", **values)
    assert answer.status_code == 201, read(answer.text)
    return secret_in(answer.text)


def test_a_webhook_is_added_and_its_secret_is_shown_this_once(admin: Browser, receiver: HostileServer) -> None:
    assert "No webhooks yet" in admin.get(f"{PAGES}/").text

    secret = added(admin, receiver, description="Price list")

    shown, listed = admin.get(f"{PAGES}/1").text, admin.get(f"{PAGES}/").text
    assert secret.startswith("whsec_")
    assert secret not in shown + listed
    assert "Price list" in listed
    assert "key=1" not in listed
    assert unseal(webhook(1).secret or "") == secret


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "http://169.254.169.254/latest/", "https://example.com/#a"])
def test_an_address_that_may_not_be_told_is_refused_beside_the_field(admin: Browser, url: str) -> None:
    answer = admin.send(f"{PAGES}/new", url=url, description="kept")

    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert 'value="kept"' in answer.text


def test_a_change_keeps_how_far_it_has_come_and_history_does_not_show_the_address(
    admin: Browser, receiver: HostileServer
) -> None:
    added(admin, receiver)
    before = webhook(1).position
    db.session.rollback()

    answer = admin.send(
        f"{PAGES}/1/edit", url=f"{receiver.url}/elsewhere?key=2", description="Shop", event_types="product.created"
    )

    assert answer.status_code == 303
    changed = webhook(1)
    assert (changed.url, changed.description) == (f"{receiver.url}/elsewhere?key=2", "Shop")
    assert (changed.event_types, changed.position) == (["product.created"], before)
    told = admin.get("/admin/activity/").text
    assert "Address changed" in told
    assert "told?key" not in told


def test_a_new_secret_signs_from_the_next_delivery_on(api: Program, admin: Browser, receiver: HostileServer) -> None:
    old = added(admin, receiver)
    new = secret_in(admin.send(f"{PAGES}/1/secret").text)
    made(api)

    turn(1)

    assert old != new
    assert verified(receiver.asked[-1], new)["type"] == "product.created"


def test_a_paused_webhook_is_told_afterwards_what_happened_meanwhile(
    api: Program, admin: Browser, receiver: HostileServer
) -> None:
    added(admin, receiver)
    admin.send(f"{PAGES}/1/pause")
    made(api)
    assert turn(1) == 0
    assert "Paused" in read(admin.get(f"{PAGES}/").text)

    admin.send(f"{PAGES}/1/enable")

    assert turn(1) == 1


def test_a_test_event_tells_at_once_what_came_of_it(admin: Browser, receiver: HostileServer) -> None:
    added(admin, receiver)
    good = admin.send(f"{PAGES}/1/test").text
    receiver.answers(Say(status=500))
    bad = admin.send(f"{PAGES}/1/test").text

    assert "The test event was taken." in good
    assert "it answered 500" in read(bad)


def test_what_waits_and_what_was_given_up_is_listed_and_sent_again(
    api: Program, admin: Browser, receiver: HostileServer
) -> None:
    added(admin, receiver)
    receiver.answers(Say(status=503))
    number, clock = made(api), SetClock()
    turn(1, clock)
    waiting = read(admin.get(f"{PAGES}/1").text)
    assert "Backing off" in waiting
    assert "A product is created" in waiting
    clock.goes_on(hours=25)
    turn(1, clock)
    assert [row.status for row in rows()] == [DEAD]
    assert "1 event was never delivered" in admin.get("/admin/").text
    assert "1 given up" in admin.get("/admin/settings/").text

    receiver.answers(Say(status=204))
    admin.send(f"{PAGES}/1/replay")
    turn(1, clock)
    renamed(api, number, "Weekend 6 GB")
    turn(1, clock)

    assert "Delivered late" in read(admin.get(f"{PAGES}/1?status=delivered").text)
    assert "never delivered" not in admin.get("/admin/").text
    assert webhook(1).delivered == 2


@pytest.mark.parametrize("delivery", ["x", "-1", "99999999999", "7"])
def test_a_delivery_that_there_is_not_is_not_sent_again(admin: Browser, receiver: HostileServer, delivery: str) -> None:
    added(admin, receiver)

    assert admin.send(f"{PAGES}/1/replay", delivery=delivery).status_code == 404


def test_deleting_asks_first_and_forgets_everything_of_it(
    api: Program, admin: Browser, receiver: HostileServer
) -> None:
    added(admin, receiver)
    receiver.answers(Say(status=503))
    made(api)
    turn(1)

    assert "1 event that waits for another try is never delivered." in admin.get(f"{PAGES}/1/delete").text
    admin.send(f"{PAGES}/1/delete")

    assert admin.get(f"{PAGES}/1").status_code == 404
    assert db.session().query(Webhook).count() == db.session().query(WebhookDelivery).count() == 0


def test_only_admins_see_them(app: Flask, admin: Browser) -> None:
    approver = signed_in_as(app, "approver")

    assert approver.get(f"{PAGES}/").status_code == 403
    assert f'href="{PAGES}/"' not in approver.get("/admin/settings/").text
    assert f'href="{PAGES}/"' in admin.get("/admin/settings/").text
