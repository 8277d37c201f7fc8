"""OAuth2 client credentials: a token for the client itself, asked for through the strict fetcher.

Authlib's client would bring its own session, which knows nothing of the address checks and limits that hold here.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote_plus

from catalog_app.core.http import FetchRequest, StrictFetcher
from catalog_app.sync.connectors.auth_rules import OAuth2Rules

from .credentials import logged_in, login_url, said, secret, usable, with_header

# A token is not used in its last seconds: it could end on the way.
_MARGIN: Final = 30.0


class ClientCredentials:
    """Gets an access token, a new one when its time is up or it was refused."""

    def __init__(
        self,
        rules: OAuth2Rules,
        secrets: Mapping[str, str],
        *,
        prefix: str | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._id = secret(secrets, "client_id")
        self._secret = secret(secrets, "client_secret")
        self._prefix = prefix or "Bearer"
        self._monotonic = monotonic
        self._token = ""
        self._ends_at: float | None = None

    @property
    def is_stale(self) -> bool:
        return self._ends_at is not None and self._monotonic() >= self._ends_at

    def open(self, fetcher: StrictFetcher) -> None:
        asked_at = self._monotonic()
        found = said(logged_in(fetcher, self._request(login_url(fetcher, self._rules.token))))
        self._token = usable(found.get("access_token"), "access token")
        seconds = _seconds(found.get("expires_in"))
        self._ends_at = None if seconds is None else asked_at + max(seconds - _MARGIN, seconds / 2)

    def renew(self, fetcher: StrictFetcher) -> bool:
        self.open(fetcher)
        return True

    def sign(self, request: FetchRequest) -> FetchRequest:
        return with_header(request, "Authorization", f"{self._prefix} {self._token}")

    def _request(self, url: str) -> FetchRequest:
        form = {"grant_type": "client_credentials", **self._rules.params}
        if self._rules.scope:
            form["scope"] = self._rules.scope
        if self._rules.client_auth == "basic":
            # RFC 6749, 2.3.1: both are form-encoded before they become a name and a password.
            return FetchRequest("POST", url, form=form, auth=(quote_plus(self._id), quote_plus(self._secret)))
        return FetchRequest("POST", url, form={**form, "client_id": self._id, "client_secret": self._secret})


def _seconds(value: Any) -> float | None:
    """Return how long a token lives; some servers write the number as text, and some say nothing."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 10**9 else None
