"""How long one is signed in, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.service import sessions, users
from catalog_app.accounts.service.retention import purge
from catalog_app.core.db import db, writing
from tests.accounts.conftest import MakeUser, everything_stored, fresh
from tests.support.clients import PASSWORD, Browser, new_browser

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANOTHER_PASSWORD = "seven blue lanterns hum"


def is_in(browser: Browser) -> bool:
    return browser.get("/admin/profile").status_code == 200


def change_password(browser: Browser, *, current: str = PASSWORD, new: str = ANOTHER_PASSWORD) -> int:
    return browser.send("/admin/profile/password", current=current, new=new, again=new).status_code


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_other_sites(client: Browser, make_user: MakeUser) -> None:
    cookie = client.sign_in(make_user().email).headers["Set-Cookie"]
    assert cookie.startswith("catalog_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_tls_the_cookie_is_bound_to_this_host(app: Flask, make_user: MakeUser) -> None:
    browser = new_browser(app)
    page = browser.get("/login", base_url="https://catalog.example")
    forms = page.headers["Set-Cookie"]
    assert forms.startswith("__Host-catalog_forms=")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = browser.post(
        "/login",
        base_url="https://catalog.example",
        headers={"Referer": "https://catalog.example/login"},
        data={"csrf_token": token, "email": make_user().email, "password": PASSWORD},
    )
    signed_in = next(value for value in answer.headers.getlist("Set-Cookie") if "catalog_session" in value)
    assert signed_in.startswith("__Host-catalog_session=")
    for cookie in (forms, signed_in):
        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(cookie.split("; "))


def test_a_plain_cookie_does_not_count_over_tls(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    assert is_in(client)
    assert client.get("/admin/profile", base_url="https://localhost").status_code == 303


def test_signing_in_takes_a_new_session_and_ends_the_one_before(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    client.set_cookie("catalog_session", "planted-by-somebody-else")
    client.sign_in(user.email)
    first = client.secret()
    assert first != "planted-by-somebody-else"
    again = client.csrf()
    client.post("/login", data={"csrf_token": again, "email": user.email, "password": PASSWORD})
    second = client.secret()
    assert second != first
    assert first
    assert sessions.find(first) is None


def test_what_an_earlier_visitor_left_in_the_browser_goes_with_the_sign_in(
    client: Browser, make_user: MakeUser
) -> None:
    user = make_user()
    before = client.csrf()
    client.sign_in(user.email)
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400
    assert is_in(client)


def test_signing_out_ends_the_session_itself(client: Browser, another: Browser, make_user: MakeUser) -> None:
    secret = client.enter(make_user())
    assert client.send("/logout").location == "/login"
    another.set_cookie("catalog_session", secret)
    assert not is_in(another)
    assert client.secret() is None


def test_an_unused_session_ends_after_the_idle_limit(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    with time_machine.travel(START, tick=False) as clock:
        client.enter(user)
        clock.shift(timedelta(minutes=59))
        assert is_in(client)
        clock.shift(timedelta(minutes=59))
        assert is_in(client)
        clock.shift(timedelta(minutes=61))
        assert not is_in(client)


def test_a_used_session_ends_after_the_absolute_limit(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    with time_machine.travel(START, tick=False) as clock:
        client.enter(user)
        for _ in range(23):
            clock.shift(timedelta(minutes=30))
            assert is_in(client)
        clock.shift(timedelta(minutes=31))
        assert not is_in(client)


def test_looking_at_pages_writes_at_most_once_a_minute(app: Flask, client: Browser, make_user: MakeUser) -> None:
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE"):
            writes.append(statement)

    user = make_user()
    event.listen(db.engine, "before_cursor_execute", note)
    with time_machine.travel(START, tick=False) as clock:
        client.enter(user)
        for _ in range(5):
            client.get("/admin/profile")
            clock.shift(timedelta(seconds=11))
        assert writes == []
        clock.shift(timedelta(seconds=10))
        client.get("/admin/profile")
        client.get("/admin/profile")
    assert len(writes) == 1
    seen = db.session.scalars(select(UserSession)).one().last_seen_at
    assert seen == START + timedelta(seconds=65)


def test_changing_the_password_ends_every_other_session(client: Browser, another: Browser, make_user: MakeUser) -> None:
    user = make_user()
    another.enter(user)
    old = client.enter(user)
    assert change_password(client) == 303
    assert client.secret() != old
    assert is_in(client)
    assert not is_in(another)
    another.set_cookie("catalog_session", old)
    assert not is_in(another)
    assert another.sign_in(user.email).status_code == 422
    assert another.sign_in(user.email, ANOTHER_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "says"),
    [
        ("wrong", ANOTHER_PASSWORD, ANOTHER_PASSWORD, "not your present password"),
        (PASSWORD, ANOTHER_PASSWORD, ANOTHER_PASSWORD + "!", "not the same"),
        (PASSWORD, "too short", "too short", "at least 15"),
        (PASSWORD, "viewer@operator.example", "viewer@operator.example", "do not count"),
        (PASSWORD, PASSWORD, PASSWORD, "another one"),
        (PASSWORD, "", "", "Fill this in"),
    ],
)
def test_a_password_that_cannot_be_taken_changes_nothing(
    client: Browser, make_user: MakeUser, current: str, new: str, again: str, says: str
) -> None:
    user = make_user()
    client.enter(user)
    answer = client.send("/admin/profile/password", current=current, new=new, again=again)
    assert answer.status_code == 422
    assert says in answer.text
    for typed in {current, new, again} - {"", user.email}:
        assert typed not in answer.text
    assert fresh(User, user.id).password_hash == user.password_hash
    assert is_in(client)


def test_the_present_password_cannot_be_guessed_from_an_open_session(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    assert [change_password(client, current="wrong") for _ in range(6)] == [422] * 5 + [429]


def test_one_session_of_several_can_be_ended(client: Browser, another: Browser, make_user: MakeUser) -> None:
    user = make_user()
    client.enter(user)
    another.enter(user)
    newest = sessions.living_of(user.id)[0]
    assert client.send(f"/admin/profile/sessions/{newest.id}/end").status_code == 303
    assert is_in(client)
    assert not is_in(another)


def test_somebody_elses_session_cannot_be_ended(client: Browser, another: Browser, make_user: MakeUser) -> None:
    omar = make_user("admin")
    another.enter(omar)
    client.enter(make_user())
    theirs = sessions.living_of(omar.id)[0]
    assert client.send(f"/admin/profile/sessions/{theirs.id}/end").status_code == 404
    assert is_in(another)


def test_signing_out_everywhere_ends_all_sessions(client: Browser, another: Browser, make_user: MakeUser) -> None:
    user = make_user()
    client.enter(user)
    another.enter(user)
    assert client.send("/admin/profile/sessions/end").location == "/login"
    assert not is_in(client)
    assert not is_in(another)


def test_a_disabled_person_is_out_at_once(client: Browser, make_user: MakeUser) -> None:
    make_user("admin")
    user = make_user()
    client.enter(user)
    users.disable(user.id, actor="cli")
    assert not is_in(client)
    users.enable(user.id, actor="cli")
    assert not is_in(client)


def test_another_role_counts_from_the_next_request_on(client: Browser, make_user: MakeUser) -> None:
    make_user("admin")
    user = make_user("admin", email="second@operator.example")
    client.enter(user)
    assert client.get("/admin/settings/users").status_code == 200
    users.change_role(user.id, "viewer", actor="cli")
    assert client.get("/admin/settings/users").status_code == 403


def test_a_person_with_a_handed_over_password_can_only_change_it(client: Browser, make_user: MakeUser) -> None:
    make_user("admin")
    user = make_user("admin", email="second@operator.example")
    _, password = users.reset_password(user.id, actor="cli")
    assert client.sign_in(user.email, password).status_code == 303
    refused = client.get("/admin/settings/users")
    assert (refused.status_code, refused.location) == (303, "/admin/profile")
    assert "Choose a password of your own" in client.get("/admin/profile").text
    assert change_password(client, current=password) == 303
    assert client.get("/admin/settings/users").status_code == 200


def test_the_profile_says_where_one_is_signed_in(client: Browser, make_user: MakeUser) -> None:
    client.sign_in(make_user(name="<b>Lina</b>").email)
    page = client.get("/admin/profile").text
    assert "127.0.0.1" in page
    assert "This one" in page
    assert "<b>Lina" not in page


def test_a_hostile_browser_name_is_kept_harmless(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    client.environ_base["HTTP_USER_AGENT"] = "<script>\x00\x1b" + "x" * 5000
    client.sign_in(user.email)
    assert "<script>x" not in client.get("/admin/profile").text
    kept = sessions.living_of(user.id)[0].user_agent
    assert kept.startswith("<script>x")
    assert len(kept) == 200


def test_the_secret_of_a_session_is_not_stored(client: Browser, make_user: MakeUser) -> None:
    assert client.enter(make_user()) not in everything_stored()


def test_sessions_that_ended_long_ago_are_purged(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    browser = new_browser(app)
    browser.enter(user)
    browser.enter(user)
    with writing() as session:
        old = session.scalars(select(UserSession).order_by(UserSession.id)).first()
        assert old
        old.expires_at = datetime.now(UTC) - timedelta(days=120)
    assert purge().sessions == 1
    assert is_in(browser)
