"""Which language a page is in, how it runs, and that programs are answered in English whatever a browser asks for."""

import os
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.babel import in_words, listed
from catalog_app.core.catalogues import ready, source_of
from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.languages import COOKIE, LANGUAGES
from catalog_app.core.links import API_BASE
from catalog_app.core.moments import ago, ago_words
from catalog_app.products.formatting import money, number
from catalog_app.products.schema import ProductInput
from tests.support.clients import PASSWORD, Browser, new_browser
from tests.support.people import signed_in_as

ARABIC = {"Accept-Language": "ar-SA,ar;q=0.9,en;q=0.5"}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_page_follows_the_browser_until_somebody_chooses(client: Browser) -> None:
    assert '<html lang="en" dir="ltr">' in client.get("/login").text
    assert '<html lang="ar" dir="rtl">' in client.get("/login", headers=ARABIC).text
    client.send("/language", language="en")
    assert '<html lang="en" dir="ltr">' in client.get("/login", headers=ARABIC).text


def test_a_language_that_nobody_wrote_is_refused(client: Browser) -> None:
    assert client.send("/language", language="xx").status_code == 422
    client.set_cookie(COOKIE, "../../etc")
    assert '<html lang="en"' in client.get("/login").text


def test_the_choice_leads_back_to_where_one_was_going_and_nowhere_else(client: Browser) -> None:
    assert client.send("/language", language="ar", next="/admin/sync/").location == "/login?next=/admin/sync/"
    assert client.send("/language", language="ar", next="https://elsewhere.example/").location == "/login?next=/admin/"


def test_a_person_reads_their_language_on_every_device_they_sign_in_on(app: Flask) -> None:
    new = NewUser(email="noura@operator.example", name="Noura", role="viewer")
    users.create(new, PASSWORD, actor="cli")
    here, there = new_browser(app), new_browser(app)
    here.sign_in("noura@operator.example")
    here.send("/language", language="ar", next="/admin/profile")
    assert '<html lang="ar" dir="rtl">' in here.get("/admin/profile").text

    there.sign_in("noura@operator.example")
    assert '<html lang="ar" dir="rtl">' in there.get("/admin/profile").text


def test_an_error_page_is_in_the_readers_language_without_the_database(client: Browser) -> None:
    page = client.get("/nothing/here", headers=ARABIC)
    assert page.status_code == 404
    assert '<html lang="ar" dir="rtl">' in page.text


def test_programs_are_answered_in_english(client: Browser) -> None:
    client.set_cookie(COOKIE, "ar")
    answer = client.get(f"{API_BASE}/products", headers=ARABIC)
    assert answer.status_code == 401
    assert re.fullmatch(r"[ -~]+", answer.get_json()["detail"])


def test_a_sentence_is_english_for_logs_and_arabic_for_its_reader(app: Flask) -> None:
    sentence = Sentence("There is no product %(product)s.", product=7)
    fault = Fault("too_long", "Use at most %(most)s characters.", most=40)
    assert (sentence, fault, fault.code) == ("There is no product 7.", "Use at most 40 characters.", "too_long")
    with app.test_request_context(), force_locale("ar"):
        assert in_words(sentence) == "لا يوجد منتج 7."
        assert in_words(fault) == "استخدم 40 رمزًا على الأكثر."
        assert in_words("anything else") == "anything else"


def test_the_rules_of_a_product_speak_arabic_beside_the_fields(app: Flask) -> None:
    with pytest.raises(RuleError) as caught:
        ProductInput.check({"name": "Flex", "product_type": "data", "price": "1,5", "tax_rate": "101"})
    with app.test_request_context(), force_locale("ar"):
        said = {field: in_words(sentence) for field, sentence in caught.value.errors.items()}
    assert said == {"price": "استخدم الأرقام فقط، مثل 140.00.", "tax_rate": "استخدم 100 أو أقل."}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "الآن"), (1, "قبل دقيقة"), (2, "قبل دقيقتين"), (3, "قبل 3 دقائق"), (11, "قبل 11 دقيقة"), (120, "قبل ساعتين")],
)
def test_arabic_counts_in_six_ways(app: Flask, minutes: int, said: str) -> None:
    with app.test_request_context(), force_locale("ar"):
        assert ago(NOW - timedelta(minutes=minutes), NOW) == said


def test_a_browser_is_given_the_words_for_each_kind_of_number(app: Flask) -> None:
    with app.test_request_context(), force_locale("ar"):
        assert ago_words()["hours"]["few"] == "قبل {n} ساعات"
        assert set(ago_words()["minutes"]) == {"zero", "one", "two", "few", "many", "other"}
    with app.test_request_context():
        assert ago_words()["minutes"] == {"one": "{n} min ago", "other": "{n} min ago"}


def test_arabic_pages_have_latin_digits_and_money_with_its_currency_first(app: Flask) -> None:
    with app.test_request_context(), force_locale("ar"):
        assert number(Decimal("-12846.5")) == "\N{LEFT-TO-RIGHT MARK}-12,846.5"
        assert money(Decimal(149), "SAR") == "SAR\N{NO-BREAK SPACE}149.00"
        assert listed(["Lina", "Omar"]) == "Lina وOmar"


def test_a_name_keeps_its_own_direction_inside_an_arabic_sentence(app: Flask) -> None:
    with app.test_request_context(), force_locale("ar"):
        set_apart = gettext("%(name)s saved", name="Flex (5G)")
    assert set_apart == "حُفظ \ufdd0Flex (5G)\ufdd1"
    browser = signed_in_as(app, "editor")
    browser.set_cookie(COOKIE, "ar")
    answer = browser.send("/admin/products/", name="Flex (5G)", product_type="data")
    assert answer.status_code == 303
    page = browser.get("/admin/products/").text
    assert "\N{FIRST STRONG ISOLATE}Flex (5G)\N{POP DIRECTIONAL ISOLATE}" in page
    assert "\ufdd0" not in page


def test_a_catalogue_is_compiled_where_it_is_missing_or_old_and_left_out_where_it_cannot_be(tmp_path: Path) -> None:
    source = source_of("ar", tmp_path)
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n', encoding="utf-8")
    assert ready("ar", tmp_path)
    compiled = source.with_suffix(".mo")
    os.utime(compiled, (0, 0))
    assert ready("ar", tmp_path)
    assert compiled.stat().st_mtime > 0
    assert not ready("nowhere", tmp_path)


def test_every_language_that_is_offered_has_its_words(app: Flask) -> None:
    assert set(app.extensions["catalog-languages"]) == set(LANGUAGES)
