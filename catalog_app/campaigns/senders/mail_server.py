"""The connection to the operator's mail server, as CATALOG_SMTP_URL names it; and its faults in our own words.

The operator names it in the environment, so it may be anywhere; what is checked is that it is who it says it is.
"""

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from catalog_app.core.errors import CatalogError
from catalog_app.settings import Settings

if TYPE_CHECKING:
    from catalog_app.campaigns.senders.mail_line import MailLine

SECONDS: Final = 20
"""How long the server may take to let us in, and again for each mail, however much it says meanwhile."""
SECONDS_TO_LEAVE: Final = 2
_PORTS: Final = {"smtp": 587, "smtps": 465}


class NoMailServerError(CatalogError):
    """No mail server is named, or it does not offer what is asked of it."""


def connect(settings: Settings) -> "MailLine":
    """Return a connection that is encrypted and logged in as the settings ask for.

    Raises SMTPException, OSError, NoMailServerError. Never puts credentials on a line that is not encrypted, unless
    the settings switch encryption off.
    """
    import ssl  # noqa: PLC0415  # most processes send no mail

    from catalog_app.campaigns.senders.mail_line import MailLine  # noqa: PLC0415

    if settings.smtp_url is None:
        raise NoMailServerError("CATALOG_SMTP_URL is not set")
    url = urlsplit(settings.smtp_url.get_secret_value())
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    server = MailLine(
        host,
        port,
        context=ssl.create_default_context(),
        is_encrypted=url.scheme == "smtps",
        seconds=SECONDS,
        monotonic=time.monotonic,
    )
    try:
        if url.scheme == "smtp" and settings.smtp_starttls:
            _encrypt(server)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _encrypt(server: "MailLine") -> None:
    server.ehlo()
    if not server.has_extn("starttls"):
        raise NoMailServerError("the mail server does not offer encryption (STARTTLS)")
    server.encrypt()


def leave(server: "MailLine") -> None:
    """Say goodbye, and hang up whatever the server makes of it."""
    import smtplib  # noqa: PLC0415  # see above

    try:
        server.begin(SECONDS_TO_LEAVE)
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def reason(fault: Exception) -> str:
    """Return what went wrong, without anything that the server said."""
    import smtplib  # noqa: PLC0415  # see above
    import ssl  # noqa: PLC0415

    if isinstance(fault, NoMailServerError):
        return str(fault)
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return f"the mail server refused the login ({fault.smtp_code})"
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"the mail server answered {fault.smtp_code}"
    if isinstance(fault, ssl.SSLError):
        return "the mail server could not prove who it is"
    # smtplib says of a time-out that the server broke off.
    if isinstance(fault, TimeoutError) or isinstance(fault.__context__, TimeoutError):
        return f"the mail server took longer than {SECONDS} seconds"
    return "the mail server cannot be reached" if isinstance(fault, OSError) else "the mail server broke off"
