"""The pages of systems: for admins, with and without htmx, typed and tried before anything is saved."""

import time
from html import unescape
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.models import Product
from catalog_app.sync.connectors.connector import Limits
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems import probe
from catalog_app.sync.systems.probe import LIMITS
from catalog_app.sync.systems.readdressing import ENTER_AGAIN
from catalog_app.sync.systems.secrets import resolve
from catalog_app.sync.systems.sources import source_config
from tests.core.http.hostile import HostileServer
from tests.products.pages.typed import untouched
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as
from tests.sync.systems.conftest import PASSWORD, Make, stored

INDEX = "/admin/settings/systems/"
NEW = f"{INDEX}new"
EAST = f"{INDEX}east/edit"


def form_of(browser: Browser, address: str = EAST) -> dict[str, Any]:
    """Return the form as a browser would send it untouched."""
    return {name: values for name, values in untouched(browser.get(address).text, address).items() if name}


def sent(browser: Browser, address: str = EAST, **changed: Any) -> Any:
    return browser.post(address, data={**form_of(browser, address), **changed})


def test_an_untouched_form_saves_what_stands(app: Flask, admin: Browser, make: Make) -> None:
    made = make(
        tables={"lifecycle_status": {"sunset": "retired"}, "channel": {"kiosk": "-"}},
        limits={"attempts": 2},
        guards={"max_change_percent": 70},
        sync_frequency="30 2 * * *",
        time_zone="Asia/Riyadh",
    )

    answer = sent(admin)

    assert (answer.status_code, answer.headers["Location"]) == (303, INDEX)
    assert stored().version == made.version
    assert source_config(stored()).secrets["password"] == PASSWORD


def test_every_fault_of_a_new_system_is_told_in_one_round(app: Flask, admin: Browser) -> None:
    typed = {
        "key": "East BSS", "label": "BSS East", "base_url": "bss.example",
        "secret_password-source": "typed", "secret_password-value": "two\x07lines",
    }  # fmt: skip

    answer = sent(admin, NEW, **typed)

    assert answer.status_code == 422
    for words in ("Use small letters, digits and hyphens", "Use a whole address", "A secret is one line"):
        assert words in answer.text


def test_a_system_is_added_with_a_typed_secret(app: Flask, admin: Browser, bss: XivaStandin) -> None:
    typed = {
        "key": "east", "label": "BSS East", "base_url": bss.base_url,
        "secret_username-source": "typed", "secret_username-value": bss.username,
        "secret_password-source": "typed", "secret_password-value": PASSWORD,
    }  # fmt: skip

    answer = sent(admin, NEW, **typed)

    assert answer.status_code == 303, answer.text
    assert source_config(stored()).secrets == {"username": bss.username, "password": PASSWORD}
    page = unescape(admin.get(INDEX).text)
    assert "BSS East added." in page
    assert "sealed here" in page


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"secret_password-source": "keep"}, PASSWORD),
        ({"secret_password-value": "typed without choosing"}, "typed without choosing"),
        ({"secret_password-source": "typed", "secret_password-value": "new"}, "new"),
        ({"secret_password-source": "forget"}, None),
    ],
)
def test_a_secret_stays_is_replaced_or_forgotten(
    app: Flask, admin: Browser, make: Make, change: dict[str, str], kept: str | None
) -> None:
    make()

    assert sent(admin, **change).status_code == 303

    assert resolve(stored().secrets).get("password") == kept


def test_a_secret_that_is_read_from_a_variable_says_which(app: Flask, admin: Browser, make: Make) -> None:
    make()
    change = {"secret_password-source": "variable", "secret_password-variable": "BSS_PASSWORD"}

    sent(admin, **change)

    assert stored().secrets["password"] == {"env": "BSS_PASSWORD"}
    assert "set, from env BSS_PASSWORD" in admin.get(EAST).text
    wrong = sent(admin, **{**change, "secret_password-variable": "no name"})
    assert (wrong.status_code, "Name an environment variable" in wrong.text) == (422, True)


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(app: Flask, admin: Browser, make: Make) -> None:
    make()

    answer = sent(admin, base_url="https://me:word@bss.example", attempts="99", label="Typed before")

    page = unescape(answer.text)
    assert answer.status_code == 422
    assert 'id="base_url-error"' in page
    assert "Leave the user name and the password out" in page
    assert 'id="attempts-error"' in page
    assert 'value="Typed before"' in page
    assert stored().label == "BSS East"


def test_rows_of_a_table_come_and_go_and_nothing_is_saved_yet(app: Flask, admin: Browser, make: Make) -> None:
    make(tables={"channel": {"kiosk": "shop"}})

    added = admin.post(EAST, data={**form_of(admin), "do": "add-channel"}, headers=HTMX)
    assert added.status_code == 200
    assert "<html" not in added.text
    assert added.text.count('value="channel"') == 2
    dropped = sent(admin, do="drop-words-0")
    assert 'value="channel"' not in dropped.text
    assert stored().tables == {"channel": {"kiosk": "shop"}}


def test_a_row_with_half_of_what_it_needs_is_marked(app: Flask, admin: Browser, make: Make) -> None:
    make()

    answer = sent(admin, **{"words-0-table": "channel", "words-0-word": "kiosk", "words-0-ours": ""})

    assert (answer.status_code, 'id="words-0-ours-error"' in answer.text) == (422, True)


def test_another_kind_shows_its_own_fields(app: Flask, admin: Browser) -> None:
    assert "secret_username-source" in admin.get(NEW).text

    page = sent(admin, NEW, do="shape", auth_kind="bearer").text

    assert "secret_token-source" in page
    assert "secret_username-source" not in page


def test_a_test_shows_the_mapped_first_page_and_writes_nothing(
    app: Flask, admin: Browser, make: Make, bss: XivaStandin
) -> None:
    make()

    page = unescape(sent(admin, do="test").text)

    assert "20 rows on the first page, the source says it has 20." in " ".join(page.replace("</strong>", "").split())
    for told in ("Plan 0", "SAR 19.90", "PO-0", "Billing cycle", "Nothing was written."):
        assert told in page
    assert db.session.query(Product).count() == 0


def test_a_test_uses_what_is_typed_and_the_stored_secret_where_nothing_is(
    app: Flask, admin: Browser, make: Make, bss: XivaStandin
) -> None:
    before = f"{bss.base_url}/elsewhere/"
    make(base_url=before)

    assert "20 rows" in sent(admin, do="test", base_url=bss.base_url).text
    wrong = {"secret_password-source": "typed", "secret_password-value": "not the password"}
    assert "refused the credentials" in sent(admin, do="test", base_url=bss.base_url, **wrong).text
    assert stored().base_url == before
    assert source_config(stored()).secrets["password"] == PASSWORD


@pytest.mark.parametrize("do", ["test", ""])
def test_a_stored_secret_is_not_sent_to_a_server_that_it_was_not_entered_for(
    app: Flask, admin: Browser, make: Make, elsewhere: HostileServer, do: str
) -> None:
    made = make()

    answer = sent(admin, do=do, base_url=elsewhere.url)

    assert (answer.status_code, elsewhere.asked) == (422, [])
    assert answer.text.count(ENTER_AGAIN) >= 2
    assert stored().base_url == made.base_url
    typed = {"secret_username-value": "them", "secret_password-source": "typed", "secret_password-value": "theirs"}
    assert sent(admin, base_url=elsewhere.url, **typed).status_code == 303
    assert source_config(stored()).secrets == {"username": "them", "password": "theirs"}


def test_a_system_can_be_tried_before_it_exists(app: Flask, admin: Browser, bss: XivaStandin) -> None:
    typed = {
        "do": "test", "base_url": bss.base_url, "label": "Not saved",
        "secret_username-value": bss.username, "secret_password-value": PASSWORD,
    }  # fmt: skip

    page = sent(admin, NEW, **typed).text

    assert "20 rows" in page
    assert PASSWORD not in page
    assert db.session.query(ExternalSystem).count() == 3


def test_words_that_a_test_did_not_know_become_rows_that_count_once_they_are_chosen(
    app: Flask, admin: Browser, make: Make, bss: XivaStandin
) -> None:
    make()
    bss.listing.change("PO-3", lifecycleStatus="Sunset")

    answer = sent(admin, do="test")
    assert "is a word this preset does not know" in answer.text
    offered = untouched(answer.text, EAST)
    assert offered["words-0-word"] == ["sunset"]
    assert admin.post(EAST, data={**offered}).status_code == 303
    assert stored().tables == {}

    answer = sent(admin, do="test")
    chosen = {**untouched(answer.text, EAST), "words-0-ours": "retired"}
    assert "1 rejected" not in admin.post(EAST, data={**chosen, "do": "test"}).text
    admin.post(EAST, data=chosen)
    assert stored().tables == {"lifecycle_status": {"sunset": "retired"}}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.HTML_WITH_200, "it answered with an HTML page instead of records"),
        (Fault.REFUSE_LOGIN, "refused the credentials (401)"),
        (Fault.ERROR_503_ALWAYS, "503"),
    ],
)
def test_a_test_that_fails_says_why(
    app: Flask, admin: Browser, make: Make, bss: XivaStandin, fault: Fault, sentence: str
) -> None:
    make()
    bss.fault = fault

    answer = sent(admin, do="test")

    assert answer.status_code == 200
    assert sentence in unescape(answer.text)


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest/", "http://0.0.0.0/", "http://224.0.0.1/"])
def test_a_test_reaches_no_address_that_a_run_may_not(app: Flask, admin: Browser, make: Make, address: str) -> None:
    make()
    secrets = {"secret_username-value": "me", "secret_password-value": "mine"}

    page = unescape(sent(admin, do="test", base_url=address, **secrets).text)

    assert "and is never connected to" in page


def test_a_source_that_never_ends_its_answer_is_given_up_on_within_its_seconds(
    app: Flask, admin: Browser, make: Make, bss: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(limits={"page_seconds": 600, "attempts": 10})
    monkeypatch.setattr(probe, "LIMITS", Limits(attempts=1, page_seconds=1, run_seconds=1))
    bss.fault = Fault.ENDLESS_DRIP
    began = time.monotonic()

    page = sent(admin, do="test").text

    assert time.monotonic() - began < 5
    assert "Failed" in page
    assert (LIMITS.attempts, LIMITS.page_seconds, LIMITS.run_seconds) == (1, 8, 10)


def test_who_saves_second_sees_what_stands_and_keeps_what_was_typed(app: Flask, admin: Browser, make: Make) -> None:
    make()
    opened = form_of(admin)
    sent(admin, label="First")

    answer = admin.post(EAST, data={**opened, "label": "Second"})

    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "changed this system meanwhile. Save again to put yours in its place." in page
    assert ("Now: First" in page, 'value="Second"' in page) == (True, True)
    assert admin.post(EAST, data=untouched(answer.text, EAST)).status_code == 303
    assert stored().label == "Second"


def test_a_system_is_switched_off_and_on(app: Flask, admin: Browser, make: Make) -> None:
    make()

    admin.send(f"{INDEX}east/switch")
    assert not stored().enabled
    assert "Switched off" in admin.get(INDEX).text
    admin.send(f"{INDEX}east/switch")
    assert stored().enabled


def test_deleting_asks_first_and_says_why_it_cannot(app: Flask, admin: Browser, make: Make) -> None:
    make()
    assert "Its settings, its secrets and its runs go." in admin.get(f"{INDEX}east/delete").text
    assert "belongs to every installation" in admin.get(f"{INDEX}xiva/delete", headers=HTMX).text
    assert admin.send(f"{INDEX}xiva/delete").status_code == 409

    assert admin.send(f"{INDEX}east/delete").status_code == 303

    db.session.rollback()
    assert db.session.get(ExternalSystem, "east") is None


@pytest.mark.parametrize("role", ["viewer", "editor", "approver"])
def test_who_is_no_admin_neither_sees_nor_opens_them(app: Flask, make: Make, role: Any) -> None:
    make()
    browser = signed_in_as(app, role)

    assert "External systems" not in browser.get("/admin/settings/").text
    for address in (INDEX, NEW, EAST, f"{INDEX}east/delete"):
        assert browser.get(address).status_code == 403
    assert browser.send(f"{INDEX}east/switch").status_code == 403


@pytest.mark.usefixtures("app")
class TestWithEnvironment:
    @pytest.fixture
    def settings_overrides(self, bss: XivaStandin) -> dict[str, Any]:
        return {"xiva": {"base_url": bss.base_url, "username": bss.username, "password": PASSWORD, "preset": "tmf620"}}

    def test_what_the_environment_says_is_shown_and_cannot_be_changed(self, admin: Browser) -> None:
        address = f"{INDEX}xiva/edit"
        page = admin.get(address).text
        assert "CATALOG_XIVA_BASE_URL" in page
        assert "CATALOG_XIVA_PASSWORD" in page
        assert PASSWORD not in page

        answer = sent(
            admin, address, base_url="https://elsewhere.example", label="Ours", **{"secret_password-value": "x"}
        )

        assert answer.status_code == 303, answer.text
        assert (stored("xiva").label, stored("xiva").base_url, stored("xiva").secrets) == ("Ours", None, {})
        assert "20 rows" in sent(admin, address, do="test").text


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "a\x00b"},
        {"preset": ""},
        {"base_url": "http://a\x00b/"},
        {"auth_kind": "\x00"},
        {"words-0-table": "\x00", "words-0-word": "a", "words-0-ours": "b"},
        {"words-99999999999999999999-table": "channel", "words-99999999999999999999-word": "x"},
        {"words-0-table": "channel", "words-0-word": "\x00", "words-0-ours": "sms"},
        {"words-0-table": "channel", "words-0-word": "x", "words-0-ours": "<script>"},
        {"secret_password-source": "variable", "secret_password-variable": "\x00"},
        {"secret_password-source": "typed", "secret_password-value": "\x00"},
        {"attempts": "9" * 5000},
        {"time_zone": "\x00"},
        {"frequency": "cron", "cron": "* * *"},
        {"frequency": "\x00"},
        {"version": "\x00", "label": ""},
    ],
)
def test_a_made_up_form_is_refused_beside_its_field_and_saves_nothing(
    app: Flask, admin: Browser, make: Make, change: dict[str, str]
) -> None:
    version = make().version

    answer = sent(admin, **change)

    assert answer.status_code == 422
    assert "Not saved: " in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/', "")
    assert stored().version == version


@pytest.mark.parametrize("do", ["add-nothing", "drop-words-7", "drop-", "add-\x00"])
def test_a_made_up_button_changes_nothing(app: Flask, admin: Browser, make: Make, do: str) -> None:
    version = make().version

    assert sent(admin, do=do).status_code == 200
    assert stored().version == version
