"""A login for a session, which is a cookie or a token of the other side's own making."""

import re
from collections.abc import Mapping

from catalog_app.core.http import Answer, FetchRequest, StrictFetcher
from catalog_app.sync.connectors.auth_rules import SessionLoginRules
from catalog_app.sync.connectors.paths import PathError, compile_path

from .credentials import logged_in, login_url, said, secret, usable, with_header


class SessionLogin:
    """Logs in with name and password, and again when the session was refused."""

    is_stale = False

    def __init__(self, rules: SessionLoginRules, secrets: Mapping[str, str], *, prefix: str | None) -> None:
        self._rules = rules
        self._credentials = {
            rules.username: secret(secrets, "username", is_header=False),
            rules.password: secret(secrets, "password", is_header=False),
        }
        self._prefix = f"{prefix or rules.prefix} ".lstrip()
        self._session = ""

    def open(self, fetcher: StrictFetcher) -> None:
        url = login_url(fetcher, self._rules.login)
        if self._rules.encoding == "form":
            request = FetchRequest("POST", url, form=self._credentials)
        else:
            request = FetchRequest("POST", url, json=self._credentials)
        self._session = self._taken_from(logged_in(fetcher, request))

    def renew(self, fetcher: StrictFetcher) -> bool:
        self.open(fetcher)
        return True

    def sign(self, request: FetchRequest) -> FetchRequest:
        if self._rules.cookie:
            return with_header(request, "Cookie", f"{self._rules.cookie}={self._session}")
        return with_header(request, self._rules.header, f"{self._prefix}{self._session}")

    def _taken_from(self, answer: Answer) -> str:
        rules = self._rules
        if rules.cookie:
            return usable(_cookie(answer.headers.get("set-cookie", ""), rules.cookie), f"cookie {rules.cookie}")
        if rules.token_header:
            return usable(answer.headers.get(rules.token_header.lower()), f"header {rules.token_header}")
        try:
            token = compile_path(rules.token or "")(said(answer))
        except PathError:
            token = None
        return usable(token, "session token")


def _cookie(header: str, name: str) -> str | None:
    """Return the value of a cookie; several Set-Cookie headers come as one, with commas between them."""
    found = re.search(rf"(?:^|,)\s*{re.escape(name)}=\"?([^;,\"\s]*)", header)
    return found[1] if found else None
