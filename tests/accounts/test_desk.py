"""The pages that an admin looks after people with, and one's own account."""

import re

import pytest
import time_machine
from flask import Flask

from catalog_app.accounts.models import User
from catalog_app.accounts.service import users
from tests.accounts.conftest import MakeToken, MakeUser, fresh
from tests.support.clients import PASSWORD, Browser, new_browser

USERS = "/admin/settings/users"
NOON = "2026-11-23T12:00:00Z"


@pytest.fixture
def admin(client: Browser, make_user: MakeUser) -> User:
    user = make_user("admin", name="Lina Haddad")
    client.enter(user)
    return user


def read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_people_are_looked_for_by_name_and_address_once_there_are_many(
    client: Browser, admin: User, make_user: MakeUser
) -> None:
    assert 'type="search"' not in client.get(USERS).text
    for number in range(26):
        make_user("viewer", email=f"viewer{number:02}@operator.example", name=f"Person {number:02}")

    by_name, by_address = client.get(f"{USERS}?search=pERSON+07").text, client.get(f"{USERS}?search=r25@OP").text

    assert 'type="search"' in client.get(USERS).text
    assert re.findall(r"Person \d\d", by_name) == ["Person 07"]
    assert re.findall(r"Person \d\d", by_address) == ["Person 25"]


@pytest.mark.parametrize("text", ["%25", "_", "nobody", "%00%25"])
def test_what_is_looked_for_is_never_a_pattern(client: Browser, admin: User, text: str) -> None:
    assert "Nobody matches" in client.get(f"{USERS}?search={text}").text


def test_an_admin_ends_the_sessions_of_somebody_and_history_says_so(
    app: Flask, client: Browser, another: Browser, admin: User, make_user: MakeUser
) -> None:
    omar = make_user("editor")
    another.enter(omar)
    new_browser(app).enter(omar)
    page = f"{USERS}/{omar.id}"
    assert "Where they are signed in 2" in read(client.get(page).text)

    client.send(f"{page}/sessions/end")

    assert another.get("/admin/profile").status_code == 303
    assert "Not signed in anywhere" in client.get(page).text
    assert "Signed out everywhere" in client.get("/admin/activity/").text


def test_who_typed_too_many_wrong_passwords_is_let_in_again_by_an_admin(
    app: Flask, client: Browser, another: Browser, admin: User, make_user: MakeUser
) -> None:
    omar = make_user("editor")
    with time_machine.travel(NOON, tick=False):
        another.sign_in(omar.email)
        for _ in range(5):
            new_browser(app).sign_in(omar.email, "not the password at all")
        assert new_browser(app).sign_in(omar.email).status_code == 429
        client.enter(admin)
        page = client.get(f"{USERS}/{omar.id}").text
        assert "Too many wrong passwords." in page

        client.send(f"{USERS}/{omar.id}/unlock")

        assert new_browser(app).sign_in(omar.email).status_code == 303
        assert "Too many wrong passwords." not in client.get(f"{USERS}/{omar.id}").text


def test_a_person_changes_how_they_are_called_and_where_they_are(client: Browser, make_user: MakeUser) -> None:
    omar = make_user("viewer", name="Omar")
    client.enter(omar)

    answer = client.send("/admin/profile", name="Omar Saleh", time_zone="Asia/Riyadh")

    assert answer.status_code == 303
    assert fresh(User, omar.id).name == "Omar Saleh"
    with time_machine.travel(NOON, tick=False):
        client.enter(omar)
        assert "15:00 Riyadh" in client.get("/admin/").text


def test_the_time_zone_follows_a_person_to_another_browser(
    client: Browser, another: Browser, make_user: MakeUser
) -> None:
    omar = make_user("viewer")
    client.enter(omar)
    client.send("/admin/profile", name="Omar", time_zone="Asia/Riyadh")

    another.sign_in(omar.email)

    assert 'data-time-zone="Asia/Riyadh"' in another.get("/admin/profile").text


@pytest.mark.parametrize(
    ("name", "zone", "fault"),
    [
        (" ", "UTC", "Fill this in."),
        ("x" * 101, "UTC", "at most 100"),
        ("Omar", "Nowhere/At_all", "Not a valid choice"),
    ],
)
def test_what_is_wrong_about_oneself_is_said_beside_it_and_nothing_is_saved(
    client: Browser, make_user: MakeUser, name: str, zone: str, fault: str
) -> None:
    omar = make_user("viewer", name="Omar")
    client.enter(omar)

    answer = client.send("/admin/profile", name=name, time_zone=zone)

    assert answer.status_code == 422
    assert fault in answer.text
    assert fresh(User, omar.id).name == "Omar"


def test_a_made_up_time_zone_in_the_cookie_is_passed_over(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    client.set_cookie("catalog_time_zone", "../../etc/passwd")

    page = client.get("/admin/profile")

    assert page.status_code == 200
    assert "data-time-zone" not in page.text


def test_revoking_asks_first_and_says_what_stops_working(client: Browser, admin: User, make_token: MakeToken) -> None:
    make_token("products:read", name="Price list")

    page = client.get("/admin/settings/tokens/1/revoke").text

    assert "Revoke Price list?" in page
    assert "It was never used." in page
    assert "Read products, segments and the change feed" in page
    assert client.get("/admin/settings/tokens/99/revoke").status_code == 404


def test_a_page_for_another_role_says_who_can_inside_the_frame(client: Browser, make_user: MakeUser) -> None:
    make_user("admin", name="Lina Haddad")
    client.enter(make_user("editor", name="Omar"))

    answer = client.get(USERS)

    assert answer.status_code == 403
    text = read(answer.text)
    assert "This page is for admins. You are an editor. Lina Haddad can open it." in text
    assert 'id="rail"' in answer.text
    assert "Ask one of those who may" in text


def test_nothing_at_an_address_is_said_inside_the_frame_to_who_is_signed_in(
    client: Browser, another: Browser, make_user: MakeUser
) -> None:
    client.enter(make_user())

    inside, outside = client.get("/admin/nothing"), another.get("/admin/nothing")

    assert (inside.status_code, outside.status_code) == (404, 404)
    assert 'id="rail"' in inside.text
    assert 'id="rail"' not in outside.text
    for page in (inside.text, outside.text):
        assert "Nothing is at this address" in page


def test_a_post_that_was_refused_says_what_was_kept_and_leads_back(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())

    answer = client.post(
        "/admin/profile", data={"name": "x"}, headers={"Referer": "http://localhost/admin/profile?a=1"}
    )

    assert answer.status_code == 400
    assert "What you typed is still on the page before this one." in answer.text
    assert "Back to the page before" not in client.get("/nothing", headers={"Referer": "http://elsewhere/x"}).text


def test_a_fault_of_ours_keeps_the_frame_and_offers_to_try_again(
    app: Flask, client: Browser, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.enter(make_user("admin"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    monkeypatch.setattr(users, "look_for", lambda *_, **__: 1 / 0)

    answer = client.get(f"{USERS}?search=lina")

    assert answer.status_code == 500
    assert 'id="rail"' in answer.text
    assert f'href="{USERS}?search=lina"' in answer.text
    assert "Nothing was changed, and what broke was written down." in answer.text


def test_nobody_signs_in_with_a_password_of_the_page(client: Browser, admin: User, make_user: MakeUser) -> None:
    """What a page shows once opens nothing but the page where it is changed."""
    made = client.send(USERS, email="new@operator.example", name="New", role="viewer")

    shown = re.search(r'<code id="password">([^<]+)</code>', made.text)
    assert shown is not None
    assert shown[1] != PASSWORD
    assert shown[1] not in client.get(f"{USERS}/2").text
