"""A message as an e-mail. No text of it, whatever it holds, becomes a header or a second recipient."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final, Self

from catalog_app.campaigns.senders.parcels import Parcel
from catalog_app.core.errors import CatalogError, Sentence

MAX_ADDRESS: Final = 254
_NOT_PRINTED: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MAX_URL: Final = 900
_WHICH: Final = "{delivery}"
_POLICY: Final = SMTP.clone(raise_on_defect=False)


class NotAnAddressError(CatalogError):
    """There is no address that mail could be sent to; `sentence` says what one looks like."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Unsubscribe:
    """Where a customer says that no more mail is wanted: an https address or a mailto one.

    `{delivery}` in it stands for the number of the delivery. Who has one click made (RFC 8058) posts to the address and
    says nothing of the customer, so `one_click` is for addresses that tell who it is.
    """

    address: str

    @property
    def one_click(self) -> bool:
        return self.address.startswith("https://") and _WHICH in self.address

    def header(self, delivery_id: int) -> str:
        return f"<{self.address.replace(_WHICH, str(delivery_id))}>"

    @classmethod
    def of(cls, address: Any) -> Self:
        """Return the address checked; raise NotAnAddressError."""
        is_text = isinstance(address, str) and address.isascii() and address.isprintable() and len(address) <= _MAX_URL
        if is_text and not set(address) & set(" <>,") and address.startswith(("https://", "mailto:")):
            return cls(address)
        raise NotAnAddressError(Sentence("Use an address that begins with https:// or mailto:."))


def checked_address(text: Any) -> Address:
    """Return one plain address, without a name; raise NotAnAddressError for anything else."""
    if (
        isinstance(text, str)
        and len(text) <= MAX_ADDRESS
        and text.isprintable()
        and not set(text) & set(' ,;<>()[]"\\')
    ):
        name, _, domain = text.rpartition("@")
        if name and domain and "@" not in name:
            try:
                return Address(username=name, domain=_ascii_domain(domain))
            except (ValueError, IndexError):
                pass
    raise NotAnAddressError(Sentence("Use an e-mail address, such as name@example.com."))


def mail_of(
    parcel: Parcel, *, sender: Address, reply_to: str | None, unsubscribe: str | None, now: datetime
) -> EmailMessage:
    """Return the mail of a message. It has the same Message-ID at every try, by which mail servers know it again.

    Raises NotAnAddressError.
    """
    texts = parcel.message or {}
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = checked_address(parcel.address)
    mail["Subject"] = one_line(str(texts.get("subject") or parcel.campaign))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<delivery-{parcel.delivery_id}.campaign-{parcel.campaign_id}@{sender.domain}>"
    # No out-of-office reply is wanted (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if reply_to:
        mail["Reply-To"] = checked_address(reply_to)
    if unsubscribe:
        where = Unsubscribe.of(unsubscribe)
        mail["List-Unsubscribe"] = where.header(parcel.delivery_id)
        if where.one_click:
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Only the template says so, never the text: a value that was placed in it may look like HTML.
    kind = "html" if texts.get("html") is True else "plain"
    mail.set_content(str(texts.get("body") or ""), subtype=kind, charset="utf-8")
    if parcel.language:
        # Setting the content takes away whatever was said of an earlier one.
        mail["Content-Language"] = one_line(parcel.language)
    return mail


def sender_address(text: str) -> Address:
    """Return the address of `Name <name@example.com>` or of `name@example.com`; raise NotAnAddressError."""
    name, opened, rest = text.strip().rpartition("<")
    if not opened:
        return checked_address(text.strip())
    if not rest.endswith(">") or not name.isprintable():
        raise NotAnAddressError(Sentence("Use an e-mail address, such as name@example.com."))
    plain = checked_address(rest[:-1])
    return Address(name.strip().strip('"').strip(), plain.username, plain.domain)


def one_line(text: str) -> str:
    """Return text as one line: a line break in it would begin another header."""
    return _NOT_PRINTED.sub(" ", text).strip()


def _ascii_domain(domain: str) -> str:
    """Return a domain as mail servers write it."""
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")
