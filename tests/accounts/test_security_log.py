"""What the log tells of attempts to get in, or further than one may."""

from collections.abc import Iterator

import orjson
import pytest
from structlog.testing import capture_logs

from catalog_app.core.logs import configure_logs
from tests.accounts.conftest import MakeToken, MakeUser, bearing
from tests.support.clients import PASSWORD, Browser


@pytest.fixture
def settings_overrides() -> Iterator[dict[str, object]]:
    yield {"log_level": "INFO"}
    # What is set up for the whole process goes back to what the other tests expect.
    configure_logs(level="ERROR", style="json")


def test_every_way_in_and_every_refusal_is_an_event_and_names_nobodys_secret(
    client: Browser, make_user: MakeUser, make_token: MakeToken
) -> None:
    viewer, token = make_user("viewer"), make_token("products:read")

    with capture_logs() as told:
        client.sign_in(viewer.email, "not the password at all")
        client.sign_in(viewer.email)
        client.get("/admin/settings/users")
        client.post("/admin/profile", data={"name": "without a token of the form"})
        client.get("/api/loyalty/v1/systems/", headers=bearing(token))
        client.get("/api/loyalty/v1/products/stats/", headers=bearing("pc_abcdefgh_" + "x" * 43))
        client.send("/logout")

    refused = ["access refused"] * 4
    assert [event["event"] for event in told] == ["sign-in refused", "signed in", *refused, "signed out"]
    assert [event["why"] for event in told if "why" in event] == ["role", "csrf", "scope", "no such token"]
    for secret in (PASSWORD, "not the password at all", token, viewer.email):
        assert secret not in str(told)


def test_who_tries_too_often_is_told_of(client: Browser, make_user: MakeUser) -> None:
    viewer = make_user("viewer")
    with capture_logs() as told:
        for _ in range(6):
            client.sign_in(viewer.email, "wrong")
    assert [event["event"] for event in told].count("sign-in held back") == 1


def test_a_line_break_in_what_somebody_sent_does_not_begin_a_line_of_the_log(
    client: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    client.get("/nowhere%0A%7B%22event%22%3A%22signed%20in%22%7D", headers={"X-Request-ID": '{"event":"signed in"}'})

    (line,) = [line for line in capfd.readouterr().err.splitlines() if line]

    assert orjson.loads(line)["event"] == "request"
