"""Deny by default: every route, every role, every scope."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, abort
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter
from werkzeug.test import TestResponse

from catalog_app.accounts import actor, has_scope, i_may, open_to_all, requires_role, requires_scope
from catalog_app.accounts.guard import Access, access_to
from catalog_app.accounts.roles import ROLES, SCOPES, Anonymous, Role, Scope, may
from tests.accounts.conftest import MakeToken, MakeUser, bearing
from tests.support.clients import Browser, new_browser

OPEN = {
    "accounts.language",
    "accounts.login",
    "accounts.sign_in",
    "health.healthz",
    "health.readyz",
    "home",
    "metrics",
    "openapi.docs",
    "openapi.document",
    "static",
}
"""Whoever opens an endpoint to everybody adds it here, where a reviewer sees it."""

READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    url: str
    endpoint: str
    access: Access


def doors(app: Flask, kind: str) -> Iterator[Door]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        access = access_to(app, rule.endpoint)
        if access is None or access.kind != kind:
            continue
        values = {name: _value(rule, name) for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(method, adapter.build(rule.endpoint, values, method=method), rule.endpoint, access)


def _value(rule: Rule, name: str) -> object:
    return 999_999 if isinstance(rule._converters[name], NumberConverter) else "nothing"


def test_every_endpoint_says_who_may_use_it(app: Flask) -> None:
    assert [endpoint for endpoint in app.view_functions if access_to(app, endpoint) is None] == []


def test_only_the_listed_endpoints_are_open(app: Flask) -> None:
    opened = {endpoint for endpoint in app.view_functions if access_to(app, endpoint) == Access("open")}
    assert opened <= OPEN


def test_programs_use_the_api_and_people_the_pages(app: Flask) -> None:
    for kind, is_api in (("scope", True), ("role", False)):
        strays = [door.url for door in doors(app, kind) if door.url.startswith(("/api/", "/tmf-api/")) is not is_api]
        assert [url for url in strays if not url.startswith(("/api/docs", "/api/openapi"))] == []


def test_nobody_is_let_in_without_signing_in(app: Flask, client: Browser) -> None:
    for door in doors(app, "role"):
        answer = client.open(door.url, method=door.method)
        assert (answer.status_code, (answer.location or "").partition("?")[0]) == (303, "/login"), door


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(app: Flask, role: Role, make_user: MakeUser) -> None:
    user = make_user(role)
    browser = new_browser(app)
    browser.enter(user)
    answers = [(door, browser.open(door.url, method=door.method)) for door in doors(app, "role")]
    assert [fault for door, answer in answers if (fault := _fault(door, answer, role))] == []


def _fault(door: Door, answer: TestResponse, role: Role) -> str | None:
    """Return what is wrong with the answer that `role` got at this door, if anything."""
    if ROLES.index(role) < ROLES.index(_role(door)):
        expected = answer.status_code == 403 and f"This page is for {door.access.needs}s" in answer.text
    elif door.method in READING:
        sent_away = (answer.location or "").startswith("/login")
        expected = answer.status_code < 500 and answer.status_code not in {401, 403} and not sent_away
    else:
        # The role may write, and the form did not come from one of our pages.
        expected = answer.status_code == 400 and "did not come from here" in answer.text
    return None if expected else f"{door.method} {door.url} -> {answer.status}"


def _role(door: Door) -> Role:
    return next(role for role in ROLES if role == door.access.needs)


def test_an_open_form_needs_its_csrf_token_too(app: Flask, client: Browser) -> None:
    writing = [door for door in doors(app, "open") if door.method not in READING]
    assert {door.endpoint for door in writing} == {"accounts.language", "accounts.sign_in"}
    for door in writing:
        assert client.open(door.url, method=door.method).status_code == 400, door


@pytest.mark.parametrize("token", ["", "made-up", "IjAwMDAi.aaaa.bbbb"])
def test_a_made_up_csrf_token_is_refused(client: Browser, make_user: MakeUser, token: str) -> None:
    client.enter(make_user())
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400
    assert client.post("/logout", headers={"X-CSRFToken": token}).status_code == 400
    assert client.get("/admin/profile").status_code == 200


def test_the_csrf_token_of_another_browser_is_refused(client: Browser, another: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    assert client.post("/logout", data={"csrf_token": another.csrf()}).status_code == 400


def test_htmx_sends_the_csrf_token_in_a_header(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    assert client.post("/logout", headers={"X-CSRFToken": client.csrf()}).status_code == 303


def test_over_tls_a_form_has_to_come_from_this_host(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user(), name="__Host-catalog_session")
    page = client.get("/admin/profile", base_url="https://localhost")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    for referrer in ({}, {"Referer": "https://elsewhere.example/"}):
        answer = client.post("/logout", base_url="https://localhost", data={"csrf_token": token}, headers=referrer)
        assert answer.status_code == 400


def test_the_api_refuses_everybody_without_a_token(app: Flask, client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("admin"))
    for door in doors(app, "scope"):
        answer = client.open(door.url, method=door.method)
        assert answer.status_code == 401, door
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), door
        # TM Forum has a form of its own for errors.
        assert answer.mimetype == (
            "application/json" if door.url.startswith("/tmf-api/") else "application/problem+json"
        ), door


def test_a_token_with_every_scope_but_the_needed_one_is_refused(
    app: Flask, client: Browser, make_token: MakeToken
) -> None:
    tokens = {
        enough: make_token(*(scope for scope in SCOPES if scope not in enough))
        for enough in {_enough(door) for door in doors(app, "scope")}
    }
    for door in doors(app, "scope"):
        answer = client.open(door.url, method=door.method, headers=bearing(tokens[_enough(door)]))
        assert answer.status_code == 403, door
        assert door.access.needs in answer.text, door
        assert f'scope="{door.access.needs}"' in answer.headers["WWW-Authenticate"], door


def test_a_token_with_the_one_needed_scope_is_let_in(app: Flask, client: Browser, make_token: MakeToken) -> None:
    tokens = {scope: make_token(scope) for scope in SCOPES}
    for door in doors(app, "scope"):
        for scope in _enough(door):
            answer = client.open(door.url, method=door.method, headers=bearing(tokens[scope]))
            assert answer.status_code not in {401, 403}, door
            assert answer.status_code < 500, door


def _enough(door: Door) -> tuple[Scope, ...]:
    """Return the scopes of which any one lets a token in."""
    return tuple(scope for scope in SCOPES if scope in (door.access.needs, *door.access.instead))


def test_a_token_opens_no_page(app: Flask, client: Browser, make_token: MakeToken) -> None:
    everything = bearing(make_token())
    for door in doors(app, "role"):
        answer = client.open(door.url, method=door.method, headers=everything)
        assert (answer.status_code, (answer.location or "").partition("?")[0]) == (303, "/login"), door


def test_an_endpoint_that_says_nothing_is_refused_to_everybody(
    app: Flask, client: Browser, make_user: MakeUser, make_token: MakeToken
) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
    app.add_url_rule("/api/forgotten", "api_forgotten", lambda: "secret")
    for url in ("/forgotten", "/api/forgotten"):
        assert client.get(url).status_code == 403
        assert client.get(url, headers=bearing(make_token())).status_code == 403
    client.enter(make_user("admin"))
    answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text
    assert client.post("/forgotten").status_code == 403


def test_an_address_that_does_not_exist_is_not_found_whoever_asks(client: Browser) -> None:
    assert client.get("/admin/nothing-here").status_code == 404
    assert client.delete("/login").status_code == 405


def test_a_page_asked_for_before_signing_in_is_remembered(client: Browser) -> None:
    answer = client.get("/admin/profile?tab=sessions&x=1")
    assert answer.location == "/login?next=/admin/profile?tab%3Dsessions%26x%3D1"


def test_a_form_sent_after_the_session_ended_is_not_remembered_as_a_page(client: Browser) -> None:
    assert client.post("/admin/profile/sessions/end").location == "/login"


def test_a_fragment_makes_htmx_load_the_sign_in_page(client: Browser) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/profile?tab=1"}
    answer = client.get("/admin/settings/users", headers=asked)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/admin/profile?tab%3D1"
    assert answer.text == ""


@pytest.mark.parametrize("current", ["http://elsewhere.example/x", "http://[", "", "javascript:alert(1)"])
def test_a_fragment_of_an_unknown_page_leads_home_after_signing_in(client: Browser, current: str) -> None:
    answer = client.get("/admin/settings/users", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_a_refusal_names_the_role_and_who_has_it(client: Browser, make_user: MakeUser) -> None:
    make_user("admin", name="Omar Saleh")
    client.enter(make_user("editor"))
    text = client.get("/admin/settings/users").text
    assert "This page is for admins. You are an editor. Omar Saleh can open it." in text


def test_who_acts_is_known_to_history(app: Flask, client: Browser, make_user: MakeUser, make_token: MakeToken) -> None:
    @requires_role("viewer")
    def page() -> ResponseReturnValue:
        return actor()

    @requires_scope("nbo:read")
    def api() -> ResponseReturnValue:
        return {"actor": actor(), "may_read": has_scope("nbo:read"), "may_write": has_scope("nbo:write")}

    app.add_url_rule("/page", "page", page)
    app.add_url_rule("/api/x", "api", api)
    client.enter(make_user())
    assert client.get("/page").text == "user:viewer@operator.example"
    answer = client.get("/api/x", headers=bearing(make_token("nbo:read")))
    assert answer.json == {"actor": "token:a program", "may_read": True, "may_write": False}


def test_a_page_shows_only_what_the_role_may(app: Flask, client: Browser, make_user: MakeUser) -> None:
    @requires_role("viewer")
    def page() -> ResponseReturnValue:
        template = "{{ may('viewer') }} {{ may('editor') }} {{ may('admin') }}"
        return app.jinja_env.from_string(template).render() + f" {i_may('editor')}"

    app.add_url_rule("/page", "page", page)
    client.enter(make_user("editor"))
    assert client.get("/page").text == "True True False True"


def test_an_error_page_still_says_who_is_signed_in(app: Flask, client: Browser, make_user: MakeUser) -> None:
    @requires_role("viewer")
    def page() -> ResponseReturnValue:
        abort(418, "Teapot.")

    app.add_url_rule("/page", "page", page)
    client.enter(make_user())
    assert client.get("/page").status_code == 418


def test_each_role_has_what_those_below_it_have() -> None:
    @dataclass(frozen=True)
    class Person:
        role: str | None

    for index, role in enumerate(ROLES):
        assert [may(Person(role), needed) for needed in ROLES] == [place <= index for place in range(len(ROLES))]
    assert not any(may(who, needed) for who in (Anonymous(), Person("root"), Person(None)) for needed in ROLES)


def test_an_endpoint_cannot_say_two_things() -> None:
    with pytest.raises(ValueError, match="already says"):
        open_to_all(requires_role("admin")(lambda: ""))
    with pytest.raises(ValueError, match="not a role"):
        requires_role("boss")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not a scope"):
        requires_scope("everything")  # type: ignore[arg-type]
