"""How we prove to an external system who we are. Secrets are in here and in the request, and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, Protocol

from catalog_app.core.errors import FatalError
from catalog_app.core.http import FetchFailedError, FetchRequest, StrictFetcher
from catalog_app.core.strict_json import StrictJsonError, decode

from .preset import JwtLoginRules, Preset

# OAuth2 client credentials and session logins are to come; until then a system set to one is told so.
_PLANNED: Final = ("oauth2_client_credentials", "session_login")
_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ADVICE: Final = "Enter the right ones in the settings of this system"


class Auth(Protocol):
    """`renew` gets fresh credentials after a 401 and returns False where there is nothing to renew."""

    def open(self, fetcher: StrictFetcher) -> None: ...
    def renew(self, fetcher: StrictFetcher) -> bool: ...
    def sign(self, request: FetchRequest) -> FetchRequest: ...


class _Fixed:
    """Credentials that are the same for every request."""

    def __init__(self, sign: Callable[[FetchRequest], FetchRequest]) -> None:
        self.sign = sign

    def open(self, fetcher: StrictFetcher) -> None:
        pass

    def renew(self, fetcher: StrictFetcher) -> bool:  # noqa: ARG002  # the protocol's signature
        return False


class _JwtLogin:
    """Logs in for an access token, and renews it by the refresh token or a second login."""

    def __init__(self, rules: JwtLoginRules, secrets: Mapping[str, str], *, prefix: str | None) -> None:
        self._rules = rules
        self._name = _secret(secrets, "username")
        self._password = _secret(secrets, "password", is_header=False)
        self._prefix = prefix or rules.prefix
        self._access = ""
        self._refresh = ""

    def open(self, fetcher: StrictFetcher) -> None:
        # Some of these systems know people by user name and some by e-mail address; the name itself tells which.
        field = "email" if "@" in self._name else "username"
        try:
            answer = self._post(fetcher, self._rules.login, {field: self._name, "password": self._password})
        except FetchFailedError as fault:
            if fault.status in _REFUSALS:
                raise refused_credentials(fault.status) from None
            raise
        self._access = _token(answer, "access")
        self._refresh = str(answer.get("refresh") or "")

    def renew(self, fetcher: StrictFetcher) -> bool:
        if self._rules.refresh and self._refresh:
            try:
                self._access = _token(self._post(fetcher, self._rules.refresh, {"refresh": self._refresh}), "access")
            except FetchFailedError:
                # The refresh token is used up or too old; the name and the password are not.
                self._refresh = ""
            else:
                return True
        self.open(fetcher)
        return True

    def sign(self, request: FetchRequest) -> FetchRequest:
        return _with_header(request, "Authorization", f"{self._prefix} {self._access}")

    def _post(self, fetcher: StrictFetcher, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        answer = fetcher.fetch(FetchRequest("POST", fetcher.origin.join(fetcher.base_url, path), json=body))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise refused_credentials(answer.status)
        try:
            found = decode(answer.body)
        except StrictJsonError:
            found = None
        return found if isinstance(found, dict) else {}


def refused_credentials(status: int) -> FetchFailedError:
    return FetchFailedError(f"it refused the credentials ({status})", _ADVICE, status=status)


def open_auth(kind: str, preset: Preset, secrets: Mapping[str, str], *, prefix: str | None = None) -> Auth:
    """Return the auth of this kind; raise FatalError for an unknown kind or a secret that is missing or unusable."""
    if kind not in AUTH_KINDS:
        planned = " is not built yet" if kind in _PLANNED else " is not known"
        raise FatalError(f"The auth kind {kind!r}{planned}. Choose one of: {', '.join(AUTH_KINDS)}.")
    return AUTH_KINDS[kind](preset, secrets, prefix)


def _none(_preset: Preset, _secrets: Mapping[str, str], _prefix: str | None) -> Auth:
    return _Fixed(lambda request: request)


def _api_key(preset: Preset, secrets: Mapping[str, str], _prefix: str | None) -> Auth:
    rules, key = preset.auth.api_key, _secret(secrets, "api_key")
    if rules.place == "query":
        return _Fixed(lambda request: replace(request, params={**request.params, rules.name: key}))
    return _Fixed(lambda request: _with_header(request, rules.name, key))


def _basic(preset: Preset, secrets: Mapping[str, str], _prefix: str | None) -> Auth:
    pair = (_secret(secrets, "username"), _secret(secrets, "password", may_be_empty=True))
    headers = {header: _secret(secrets, name) for header, name in preset.auth.basic.headers.items()}
    return _Fixed(lambda request: replace(request, auth=pair, headers={**request.headers, **headers}))


def _bearer(_preset: Preset, secrets: Mapping[str, str], prefix: str | None) -> Auth:
    value = f"{prefix or 'Bearer'} {_secret(secrets, 'token')}"
    return _Fixed(lambda request: _with_header(request, "Authorization", value))


def _jwt_login(preset: Preset, secrets: Mapping[str, str], prefix: str | None) -> Auth:
    if preset.auth.jwt_login is None:
        raise FatalError(f"The preset {preset.name!r} does not say where to log in. Choose another auth kind.")
    return _JwtLogin(preset.auth.jwt_login, secrets, prefix=prefix)


AUTH_KINDS: Final[Mapping[str, Callable[[Preset, Mapping[str, str], str | None], Auth]]] = {
    "none": _none,
    "api_key": _api_key,
    "basic": _basic,
    "bearer": _bearer,
    "jwt_login": _jwt_login,
}


def _with_header(request: FetchRequest, name: str, value: str) -> FetchRequest:
    return replace(request, headers={**request.headers, name: value})


def _secret(secrets: Mapping[str, str], name: str, *, is_header: bool = True, may_be_empty: bool = False) -> str:
    value = secrets.get(name, "")
    if not value and not may_be_empty:
        raise FatalError(f"The secret {name!r} is not set. {_ADVICE}.")
    # The libraries below would quote such a value in their complaint.
    if is_header and not (value.isprintable() and value.isascii()):
        raise FatalError(f"The secret {name!r} holds characters that cannot be sent in a header. {_ADVICE}.")
    return value


def _token(answer: Mapping[str, Any], name: str) -> str:
    token = answer.get(name)
    if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
        raise FetchFailedError(f"its login gave no usable {name} token", "Check the login path of the preset")
    return token
