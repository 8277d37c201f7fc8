"""A login for an access token, and for a refresh token that gets the next one."""

from collections.abc import Mapping

from catalog_app.core.http import FetchFailedError, FetchRequest, StrictFetcher
from catalog_app.sync.connectors.auth_rules import JwtLoginRules

from .credentials import logged_in, login_url, said, secret, usable, with_header


class JwtLogin:
    """Logs in for an access token, and renews it by the refresh token or a second login."""

    is_stale = False

    def __init__(self, rules: JwtLoginRules, secrets: Mapping[str, str], *, prefix: str | None) -> None:
        self._rules = rules
        self._name = secret(secrets, "username")
        self._password = secret(secrets, "password", is_header=False)
        self._prefix = prefix or rules.prefix
        self._access = ""
        self._refresh = ""

    def open(self, fetcher: StrictFetcher) -> None:
        # Some of these systems know people by user name and some by e-mail address; the name itself tells which.
        field = "email" if "@" in self._name else "username"
        body = {field: self._name, "password": self._password}
        found = said(logged_in(fetcher, FetchRequest("POST", login_url(fetcher, self._rules.login), json=body)))
        self._access = usable(found.get("access"), "access token")
        self._refresh = str(found.get("refresh") or "")

    def renew(self, fetcher: StrictFetcher) -> bool:
        if self._rules.refresh and self._refresh:
            request = FetchRequest("POST", login_url(fetcher, self._rules.refresh), json={"refresh": self._refresh})
            try:
                self._access = usable(said(logged_in(fetcher, request)).get("access"), "access token")
            except FetchFailedError:
                # The refresh token is used up or too old; the name and the password are not.
                self._refresh = ""
            else:
                return True
        self.open(fetcher)
        return True

    def sign(self, request: FetchRequest) -> FetchRequest:
        return with_header(request, "Authorization", f"{self._prefix} {self._access}")
