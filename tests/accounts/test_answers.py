"""What every answer carries, and what no log line does."""

import logging

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from structlog.testing import capture_logs

from catalog_app.accounts import requires_role
from catalog_app.core.security import CONTENT_SECURITY_POLICY
from tests.accounts.conftest import MakeToken, MakeUser, bearing
from tests.support.clients import PASSWORD, Browser, new_browser


@pytest.mark.parametrize("url", ["/login", "/admin/profile", "/nothing", "/healthz", "/static/tokens.css"])
def test_every_answer_tells_the_browser_to_be_strict(client: Browser, url: str) -> None:
    headers = client.get(url).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_policy_allows_nothing_inline_and_no_frame() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["object-src"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_pages_stay_out_of_every_cache_and_style_sheets_do_not(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("admin"))
    for url in ("/admin/profile", "/admin/settings/users", "/nothing"):
        assert client.get(url).headers["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/static/tokens.css").headers["Cache-Control"]


def test_a_file_for_who_is_signed_in_stays_out_of_caches_too(app: Flask, client: Browser, make_user: MakeUser) -> None:
    @requires_role("viewer")
    def export() -> ResponseReturnValue:
        return "a,b\n", 200, {"Content-Type": "text/csv", "Cache-Control": "public, max-age=3600"}

    app.add_url_rule("/export", "export", export)
    client.enter(make_user())
    assert client.get("/export").headers["Cache-Control"] == "no-store"


def test_hsts_is_off_unless_set(client: Browser) -> None:
    assert "Strict-Transport-Security" not in client.get("/login", base_url="https://localhost").headers


class TestWithHsts:
    """The setting is on."""

    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {"hsts_seconds": 86400}

    def test_hsts_is_sent_over_tls_alone(self, client: Browser) -> None:
        answer = client.get("/login", base_url="https://localhost")
        assert answer.headers["Strict-Transport-Security"] == "max-age=86400; includeSubDomains"
        assert "Strict-Transport-Security" not in client.get("/login").headers


class TestAtTheMostTalkativeLevel:
    """Every line is written."""

    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {"log_level": "DEBUG"}

    def test_no_secret_reaches_the_log(
        self,
        app: Flask,
        client: Browser,
        make_user: MakeUser,
        make_token: MakeToken,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        user = make_user("admin")
        # structlog's own capture sees the fields before the log configuration hides any.
        with capture_logs() as lines:
            token = make_token("nbo:read")
            client.sign_in(user.email, "a wrong password to try")
            client.sign_in(user.email)
            secret = client.secret()
            client.get("/admin/profile", headers=bearing(token))
            client.send("/admin/profile/password", current=PASSWORD, new="seven blue lanterns hum", again="x")
            made = client.send("/admin/settings/tokens", name="engine", scopes="nbo:read", expires="30d")
            client.send("/logout")
            new_browser(app).get("/api/loyalty/v1/products/", headers=bearing(token))
        shown = made.text.split('<code id="secret">')[1].split("<")[0]
        written = "\n".join([repr(line) for line in lines] + [record.getMessage() for record in caplog.records])
        assert "signed in" in written
        for text in (PASSWORD, "a wrong password to try", "seven blue lanterns hum", token, shown, secret):
            assert text
            assert text not in written


def test_over_tls_every_cookie_is_bound_to_this_host(app: Flask) -> None:
    browser, base = new_browser(app), "https://catalog.example"
    page = browser.get("/login", base_url=base)
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answers = [
        page,
        browser.post(
            "/language",
            base_url=base,
            headers={"Referer": f"{base}/login"},
            data={"csrf_token": token, "language": "en"},
        ),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-catalog_forms", "__Host-catalog_language"}
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(cookie.split("; "))


@pytest.mark.parametrize("settings_overrides", [{"log_level": "WARNING"}])
def test_what_a_proxy_would_say_counts_for_nothing_where_there_is_none(client: Browser) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "elsewhere.example"}
    page = client.get("/login", headers=said)
    assert page.headers["Set-Cookie"].startswith("catalog_forms=")
    with capture_logs() as told:
        data = {"csrf_token": client.csrf(), "email": "nobody@operator.example", "password": PASSWORD}
        client.post("/login", headers=said, data=data)
    assert [event["address"] for event in told if event["event"] == "sign-in refused"] == ["127.0.0.1"]
