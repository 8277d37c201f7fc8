"""The sender smtp, against a real mail server: what a mail looks like, and what becomes of what the server refuses."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from flask import Flask

from catalog_app.campaigns.models import DEAD, SENT, WAITING
from catalog_app.campaigns.senders import mail_server
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.campaigns.senders.mail_server import NoMailServerError, connect
from catalog_app.campaigns.senders.registry import checked_config
from catalog_app.core.wiring import provide_settings
from catalog_app.settings import Settings
from tests.campaigns.senders.promises import change, delivery, later, promised, running, set_back, statuses
from tests.campaigns.senders.sides import Mailbox
from tests.support.skips import NO_OPENSSL

OPENSSL = shutil.which("openssl")


@pytest.fixture
def campaign(app: Flask) -> int:
    return running("smtp")


def run(campaign_id: int, **span: float) -> int:
    return hand_over(campaign_id, clock=lambda: later(**(span or {"seconds": 1})))


def read(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_mail_says_who_sent_it_and_what_was_promised(campaign: int, mailbox: Mailbox) -> None:
    ids = promised(campaign, message={"subject": "٦٠ جيجابايت لك", "body": "Hello,\nFlex 60 GB — SAR 149.00.\n.\nBye"})

    run(campaign)

    (envelope,) = mailbox.mails
    mail = read(envelope)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("offers@operator.example", ["customer0@example.com"])
    assert (mail["From"], mail["To"]) == ("Tamra Mobile <offers@operator.example>", "customer0@example.com")
    assert mail["Subject"] == "٦٠ جيجابايت لك"
    assert mail.get_content().replace("\r\n", "\n") == "Hello,\nFlex 60 GB — SAR 149.00.\n.\nBye\n"
    assert mail["Message-ID"] == f"<delivery-{ids[0]}.campaign-{campaign}@operator.example>"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")
    assert "List-Unsubscribe" not in mail


@pytest.mark.parametrize(("said", "kind"), [({"html": True}, "text/html"), ({}, "text/plain")])
def test_a_mail_is_html_where_its_template_is_whatever_its_text_looks_like(
    campaign: int, mailbox: Mailbox, said: dict[str, Any], kind: str
) -> None:
    promised(campaign, message={"subject": "Hello", "body": "<p>Hello</p>", **said})

    run(campaign)

    mail = read(mailbox.mails[0])
    assert (mail.get_content_type(), mail.get_content().strip()) == (kind, "<p>Hello</p>")


@pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_text_becomes_a_header_or_a_recipient(campaign: int, mailbox: Mailbox, breaking: str) -> None:
    hostile = f"Hello{breaking}Bcc: everybody@example.com{breaking}{breaking}<script>"
    promised(campaign, message={"subject": hostile, "body": hostile})

    run(campaign)

    (envelope,) = mailbox.mails
    mail = read(envelope)
    assert envelope.rcpt_tos == ["customer0@example.com"]
    assert "Bcc" not in mail
    assert mail["Subject"] == "Hello Bcc: everybody@example.com <script>"


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "nobody",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "A <a@example.com>",
        "a@b@example.com",
        f"{'a' * 300}@example.com",
    ],
)
def test_what_is_no_address_is_given_up_at_once_and_keeps_no_other_waiting(
    campaign: int, mailbox: Mailbox, address: str | None
) -> None:
    wrong, right = promised(campaign, address=address)[0], promised(campaign, key="another")[0]

    assert run(campaign) == 1

    assert (delivery(wrong).status, delivery(right).status) == (DEAD, SENT)
    assert delivery(wrong).last_error == "the delivery has no address that mail can be sent to"
    assert [envelope.rcpt_tos for envelope in mailbox.mails] == [["customer0@example.com"]]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"smtp_from": "offers(x)@operator.example"}, "CATALOG_SMTP_FROM is no e-mail address"),
        ({"smtp_url": "smtp://mail..operator.example:25"}, "it could not be handed over (UnicodeError)"),
    ],
)
def test_a_setting_that_is_wrong_costs_no_message(
    app: Flask, settings: Settings, campaign: int, wrong: dict[str, str], why: str
) -> None:
    ids = promised(campaign)
    provide_settings(app, Settings.model_validate(settings.model_dump() | wrong))

    run(campaign)

    kept = delivery(ids[0])
    assert (kept.status, kept.attempts, kept.last_error) == (WAITING, 1, why)


def test_a_recipient_that_is_refused_for_good_is_given_up_and_one_that_is_busy_is_tried_again(
    campaign: int, mailbox: Mailbox
) -> None:
    promised(campaign, 3)
    answers = {"customer0@example.com": "550 no such user", "customer1@example.com": "450 mailbox busy"}
    mailbox.to_recipient = answers.get

    assert run(campaign) == 1

    assert statuses(campaign) == [DEAD, WAITING, SENT]
    mailbox.to_recipient = lambda _address: None
    assert run(campaign, seconds=30) == 1


def test_the_same_mail_has_the_same_id_at_every_try(campaign: int, mailbox: Mailbox) -> None:
    ids = promised(campaign)
    run(campaign)
    set_back(ids[0])
    run(campaign, seconds=5)

    first, second = (read(envelope)["Message-ID"] for envelope in mailbox.mails)
    assert first == second


def test_a_server_that_is_away_is_asked_once_a_turn(campaign: int, mailbox: Mailbox) -> None:
    ids = promised(campaign, 5)
    mailbox.close()

    assert run(campaign) == 0

    assert (delivery(ids[0]).attempts, delivery(ids[1]).attempts) == (1, 0)
    assert delivery(ids[0]).last_error == "the mail server cannot be reached"


@pytest.mark.parametrize("greeting", [b"", b"220 hello\r\n"])
def test_a_server_that_drips_holds_a_turn_up_for_no_longer_than_one_that_is_silent(
    app: Flask, settings: Settings, campaign: int, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    ids = promised(campaign, 3)
    monkeypatch.setattr(mail_server, "SECONDS", 0.3)

    with dripping(greeting, seconds=5) as port:
        url = {"smtp_url": f"smtp://127.0.0.1:{port}"}
        provide_settings(app, Settings.model_validate(settings.model_dump() | url))
        began = time.monotonic()
        run(campaign)
        took = time.monotonic() - began

    assert took < 3
    assert delivery(ids[0]).last_error == "the mail server took longer than 0.3 seconds"
    assert [delivery(number).attempts for number in ids] == [1, 0, 0]


@contextmanager
def dripping(greeting: bytes, *, seconds: float) -> Iterator[int]:
    """Serve one who greets, and then says a byte now and then and never comes to the end of the line."""
    closing = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            line.sendall(greeting)
            for _ in range(int(seconds * 50)):
                if closing.wait(0.02):
                    return
                line.sendall(b"2")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        closing.set()
        thread.join()
        listener.close()


def test_a_way_to_unsubscribe_is_said_as_mail_programs_understand_it(campaign: int, mailbox: Mailbox) -> None:
    where = "https://operator.example/stop?message={delivery}"
    change(campaign, sender_config={"unsubscribe": where, "reply_to": "help@operator.example"})
    ids = promised(campaign)

    run(campaign)

    mail = read(mailbox.mails[0])
    assert mail["List-Unsubscribe"] == f"<https://operator.example/stop?message={ids[0]}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Reply-To"] == "help@operator.example"


@pytest.mark.parametrize("where", ["https://operator.example/stop", "mailto:stop@operator.example?subject={delivery}"])
def test_one_click_is_not_promised_where_nobody_could_tell_who_has_clicked(
    campaign: int, mailbox: Mailbox, where: str
) -> None:
    change(campaign, sender_config={"unsubscribe": where})
    ids = promised(campaign)

    run(campaign)

    mail = read(mailbox.mails[0])
    assert mail["List-Unsubscribe"] == f"<{where.replace('{delivery}', str(ids[0]))}>"
    assert "List-Unsubscribe-Post" not in mail


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"reply_to": "a@example.com, b@example.com"}, "reply_to"),
        ({"reply_to": ["a@example.com"]}, "reply_to"),
        ({"unsubscribe": "http://operator.example/stop"}, "unsubscribe"),
        ({"unsubscribe": "https://operator.example/>\r\nBcc: a@example.com"}, "unsubscribe"),
        ({"host": "mail.example.com"}, "host"),
    ],
)
def test_what_cannot_work_is_a_fault_of_its_field(app: Flask, config: dict[str, Any], field: str) -> None:
    assert set(checked_config("smtp", config, has_secret=False)) == {field}


def test_a_server_without_encryption_gets_no_password(settings: Settings, mailbox: Mailbox) -> None:
    with pytest.raises(NoMailServerError, match="does not offer encryption"):
        connect(settings.model_copy(update={"smtp_starttls": True}))
    assert mailbox.mails == []


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """Return a mail server with a certificate that is trusted here, where `lina` may log in."""
    files = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", *names]
    subprocess.run(
        [OPENSSL or "", "req", *options, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    monkeypatch.setenv("SSL_CERT_FILE", files[0])

    def may_enter(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        is_lina = isinstance(given, LoginPassword) and (given.login, given.password) == (b"lina", b"p@ss:word/1")
        return AuthResult(success=is_lina, handled=is_lina)

    return Mailbox(tls_context=context, auth_required=True, authenticator=may_enter)


@pytest.mark.skipif(OPENSSL is None, reason=NO_OPENSSL)
def test_a_login_goes_over_an_encrypted_line_alone(encrypted: Mailbox, settings: Settings) -> None:
    try:
        right = {"smtp_url": f"smtp://lina:p%40ss%3Aword%2F1@localhost:{encrypted.port}", "smtp_starttls": True}
        server = connect(Settings.model_validate(settings.model_dump() | right))
        server.sendmail(
            "offers@operator.example", ["a@example.com"], b"Message-ID: <delivery-1.campaign-1@x>\r\n\r\nHi"
        )
        mail_server.leave(server)
        assert encrypted.got == [1]

        wrong = {"smtp_url": f"smtp://lina:guess@localhost:{encrypted.port}", "smtp_starttls": True}
        with pytest.raises(Exception, match="535") as refused:
            connect(Settings.model_validate(settings.model_dump() | wrong))
        assert mail_server.reason(refused.value) == "the mail server refused the login (535)"
    finally:
        encrypted.close()


@pytest.mark.skipif(OPENSSL is None, reason=NO_OPENSSL)
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    encrypted: Mailbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    try:
        asked = {"smtp_url": f"smtp://lina:p%40ss@localhost:{encrypted.port}", "smtp_starttls": True}
        with pytest.raises(ssl.SSLError) as refused:
            connect(Settings.model_validate(settings.model_dump() | asked))
        assert mail_server.reason(refused.value) == "the mail server could not prove who it is"
    finally:
        encrypted.close()
