"""Settings: the contact policy and the opt-outs, as people see and change them."""

import re
from html import unescape

import pytest
from flask import Flask

from catalog_app.contacts.book import Answer, NewContact, answer, record
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import ContactChoice, ContactPolicy
from catalog_app.contacts.schema import PolicyInput
from catalog_app.contacts.service import save_policy
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from tests.products.factories import saved
from tests.support.clients import Browser
from tests.support.html_forms import untouched_form

POLICY = "/admin/settings/contacts/"
OPT_OUTS = "/admin/settings/opt-outs/"
RECORD = f"{OPT_OUTS}record"
CAPS = [{"channel": None, "most": 5, "days": 7}, {"channel": "sms", "most": 3, "days": 30}]
STANDS = {
    "caps": CAPS,
    "quiet_from": "21:00",
    "quiet_to": "09:00",
    "time_zone": "Asia/Riyadh",
    "consent_channels": ["email"],
}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def policy(app: Flask) -> None:
    save_policy(PolicyInput.check(STANDS), expected_version=None, actor="cli")
    db.session.remove()


def stored() -> ContactPolicy:
    db.session.rollback()
    return db.session.get_one(ContactPolicy, 1, populate_existing=True)


def form_of(browser: Browser) -> dict[str, str | list[str]]:
    _action, sent = untouched_form(browser.get(POLICY).text, holding="time_zone")
    return {name: [value for key, value in sent if key == name] for name, _ in sent}


@pytest.mark.usefixtures("policy")
def test_whoever_may_not_change_the_policy_reads_it_in_sentences(viewer: Browser, editor: Browser) -> None:
    for browser in (viewer, editor):
        page = browser.get(POLICY).text
        assert "At most 5 contacts through all channels together in any 7 days" in words(page)
        assert "At most 3 contacts by SMS in any 30 days" in words(page)
        assert "21:00 to 09:00, by the customer's own clock" in words(page)
        assert 'name="quiet_from"' not in page
        assert browser.send(POLICY, quiet_from="").status_code == 403


@pytest.mark.usefixtures("policy")
def test_a_form_that_is_sent_back_untouched_changes_nothing(admin: Browser) -> None:
    answer = admin.post(POLICY, data=form_of(admin))

    assert (answer.status_code, answer.headers["Location"]) == (303, POLICY)
    assert (stored().version, stored().caps) == (2, CAPS)


@pytest.mark.usefixtures("policy")
def test_an_admin_changes_the_policy_and_history_says_it(admin: Browser) -> None:
    changed = {**form_of(admin), "caps-1-most": "4", "quiet_to": "08:30", "consent_channels": ["email", "push"]}

    assert admin.post(POLICY, data=changed).status_code == 303

    row = stored()
    assert (row.caps[1]["most"], row.quiet_to, row.consent_channels) == (4, "08:30", ["email", "push"])
    told = words(admin.get("/admin/activity/?subject_type=contact_policy").text)
    assert "Contact policy" in told
    assert "At most 4 contacts by SMS in any 30 days" in told
    assert "Changed by The admin" in words(admin.get(POLICY).text)


def test_a_row_is_added_and_dropped_without_scripts(admin: Browser) -> None:
    grown = admin.post(POLICY, data={**form_of(admin), "do": "add"})
    assert (grown.status_code, grown.text.count('class="row-fields row-cap"')) == (200, 1)
    _action, sent = untouched_form(grown.text, holding="caps-0-most")

    gone = admin.post(POLICY, data={**dict(sent), "do": "drop-caps-0"})

    assert gone.text.count('class="row-fields row-cap"') == 0
    assert stored().version == 1


def test_each_fault_stands_beside_what_was_typed(admin: Browser) -> None:
    typed = {**form_of(admin), "caps-0-channel": "", "caps-0-most": "", "caps-0-days": "", "quiet_from": "21:00"}
    # A blank row says nothing; the fault is that of the second one.
    typed |= {"caps-1-channel": "sms", "caps-1-most": "many", "caps-1-days": "7"}

    answer = admin.post(POLICY, data=typed)

    assert answer.status_code == 422
    assert re.search(r'id="caps-1-most-error".*?Use a whole number', answer.text, re.DOTALL)
    assert re.search(r'id="quiet_to-error".*?Give both ends', answer.text, re.DOTALL)
    assert 'value="many"' in answer.text
    assert "Not saved: 2 entries need a change" in words(answer.text)


@pytest.mark.usefixtures("policy")
def test_of_two_admins_the_second_is_told_what_stands_now(admin: Browser) -> None:
    opened = form_of(admin)
    save_policy(
        PolicyInput.check({**STANDS, "quiet_to": "10:00"}), expected_version=None, actor="user:sara@operator.example"
    )

    late = admin.post(POLICY, data={**opened, "quiet_from": "22:00"})

    assert late.status_code == 409
    assert "changed this policy meanwhile" in words(late.text)
    assert "Now: 10:00" in words(late.text)
    _action, sent = untouched_form(late.text, holding="time_zone")
    again = {name: [value for key, value in sent if key == name] for name, _ in sent}
    assert admin.post(POLICY, data=again).status_code == 303
    assert (stored().quiet_from, stored().quiet_to) == ("22:00", "09:00")


@pytest.mark.usefixtures("policy")
def test_a_customer_is_looked_up_by_id_and_the_id_is_in_no_address(app: Flask, viewer: Browser) -> None:
    with writing() as session:
        product, key, now = saved(session, name="Flex 60 GB"), hasher(session)("C-1042"), utcnow()
        record(
            session, [NewContact(key, product.id, "sms", now, 3, 1), NewContact(key, product.id, "email", now, 3, 2)]
        )
        answer(session, {1: Answer("accepted", now)})

    found = viewer.send(OPT_OUTS, customer_id=" C-1042 ")

    said = words(found.text)
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-store")
    assert "Customer C-1042" in said
    assert "All channels together: 2 of 5 in 7 days" in said
    assert ("Flex 60 GB" in said, "Accepted" in said, "No consent" in said) == (True, True, True)
    assert not re.search(r'(href|action)="[^"]*C-1042', found.text)
    assert "Record what they said" not in said
    assert viewer.send(RECORD, customer_id="C-1042", channel="sms", choice="out").status_code == 403


@pytest.mark.usefixtures("policy")
def test_an_editor_records_an_opt_out_and_later_a_consent(app: Flask, editor: Browser) -> None:
    stopped = editor.send(RECORD, customer_id="C-1", channel="*", choice="out", source="Called the hotline")
    assert words(stopped.text).count("Opted out") >= 7
    agreed = editor.send(RECORD, customer_id="C-1", channel="email", choice="in", source="")

    assert "Recorded. It counts from now on." in words(agreed.text)
    assert re.search(r"Email.{0,200}Agreed", words(agreed.text))
    rows = {row.channel: row for row in db.session.query(ContactChoice)}
    assert (rows["*"].source, rows["*"].actor) == ("Called the hotline", "user:editor@operator.example")
    assert (rows["email"].choice, rows["email"].source) == ("in", None)


@pytest.mark.parametrize("customer_id", ["", "  ", "C\x00", "x" * 256])
def test_what_cannot_be_an_id_is_refused_beside_the_field(editor: Browser, customer_id: str) -> None:
    refused = editor.send(OPT_OUTS, customer_id=customer_id)

    assert refused.status_code == 422
    assert 'id="customer_id-error"' in refused.text
    assert editor.send(RECORD, customer_id=customer_id, channel="sms", choice="out").status_code == 422


@pytest.mark.parametrize("hostile", ["<script>window.__ran=1</script>", "{{ 7*7 }}", "%(name)s", "ب" * 50])
def test_a_customer_id_stays_text(editor: Browser, hostile: str) -> None:
    page = editor.send(OPT_OUTS, customer_id=hostile)

    assert page.status_code == 200
    assert f"Customer {hostile}" in unescape(re.sub(r"[\u2066-\u2069]", "", page.text))
    assert "<script>window" not in page.text


@pytest.mark.usefixtures("policy")
def test_what_came_back_from_a_sign_in_is_shown_and_not_saved(admin: Browser) -> None:
    shown = admin.post(POLICY, data={**form_of(admin), "quiet_from": "20:15", "look_up": "typed"})

    assert (shown.status_code, 'value="20:15"' in shown.text, stored().quiet_from) == (200, True, "21:00")
