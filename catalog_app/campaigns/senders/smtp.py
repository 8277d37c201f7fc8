"""Sender smtp: each message is one e-mail, handed to the operator's own mail server.

What makes and sends mails is loaded by the process that sends the first one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.senders import mail_server
from catalog_app.campaigns.senders.base import TAKEN, Faults, Handed, Result, unknown_fields
from catalog_app.campaigns.senders.parcels import Parcel
from catalog_app.core.errors import Sentence
from catalog_app.core.wiring import settings

if TYPE_CHECKING:
    from email.message import EmailMessage

    from catalog_app.campaigns.senders.mail_line import MailLine

_PERMANENT: Final = 500


class Smtp:
    name: Final = "smtp"
    channels: Final = ("email",)

    def faults(self, config: Mapping[str, Any], *, has_secret: bool) -> Faults:  # noqa: ARG002  # it has none
        from catalog_app.campaigns.senders.mails import NotAnAddressError, Unsubscribe, checked_address  # noqa: PLC0415  # see above

        faults = unknown_fields(config, ("reply_to", "unsubscribe"))
        given = settings()
        if given.smtp_url is None or given.smtp_from is None:
            faults[""] = Sentence("No mail goes out here, because CATALOG_SMTP_URL or CATALOG_SMTP_FROM is not set.")
        for field, check in (("reply_to", checked_address), ("unsubscribe", Unsubscribe.of)):
            try:
                if config.get(field) not in (None, ""):
                    check(config[field])
            except NotAnAddressError as error:
                faults[field] = error.sentence
        return faults

    @contextmanager
    def open(self, campaign: Campaign) -> Iterator["_Mailer"]:
        mailer = _Mailer(campaign.sender_config)
        try:
            yield mailer
        finally:
            mailer.close()


class _Mailer:
    """Hands mails over through one connection, which is made with the first."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._reply_to = config.get("reply_to") or None
        self._unsubscribe = config.get("unsubscribe") or None
        self._server: MailLine | None = None

    def give(self, parcel: Parcel, now: datetime) -> Handed:
        from catalog_app.campaigns.senders.mails import NotAnAddressError, mail_of, sender_address  # noqa: PLC0415  # see above

        try:
            sender = sender_address(settings().smtp_from or "")
        except NotAnAddressError:
            # A mistake of the operator costs no customer their message.
            return Handed(Result.UNREACHABLE, "CATALOG_SMTP_FROM is no e-mail address")
        try:
            mail = mail_of(parcel, sender=sender, reply_to=self._reply_to, unsubscribe=self._unsubscribe, now=now)
        except NotAnAddressError:
            return Handed(Result.REFUSED, "the delivery has no address that mail can be sent to")
        return self._send(mail)

    def _send(self, mail: "EmailMessage") -> Handed:
        import smtplib  # noqa: PLC0415  # see above

        try:
            self._connected().send_message(mail)
        except smtplib.SMTPRecipientsRefused as fault:
            return _about_the_mail(next(iter(fault.recipients.values()))[0], "the mail server refused the recipient")
        except smtplib.SMTPDataError as fault:
            return _about_the_mail(fault.smtp_code, "the mail server refused the message")
        except smtplib.SMTPNotSupportedError:
            return Handed(Result.REFUSED, "the mail server takes no such address")
        except (smtplib.SMTPException, OSError, mail_server.NoMailServerError) as fault:
            self.close()
            return Handed(Result.UNREACHABLE, mail_server.reason(fault))
        return TAKEN

    def close(self) -> None:
        if self._server is not None:
            mail_server.leave(self._server)
            self._server = None

    def _connected(self) -> "MailLine":
        if self._server is None:
            self._server = mail_server.connect(settings())
        self._server.begin(mail_server.SECONDS)
        return self._server


def _about_the_mail(code: int, words: str) -> Handed:
    return Handed(Result.REFUSED if code >= _PERMANENT else Result.LATER, f"{words} ({code})")
