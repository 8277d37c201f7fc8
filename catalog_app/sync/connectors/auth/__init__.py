"""How we prove to an external system who we are. Secrets are in here and in the request, and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from catalog_app.core.errors import FatalError
from catalog_app.core.http import FetchRequest, StrictFetcher
from catalog_app.sync.connectors.preset import Preset

from .credentials import SECRET_WORDS, refused_credentials
from .fixed import api_key_auth, basic_auth, bearer_auth, no_auth
from .jwt_login import JwtLogin
from .oauth2 import ClientCredentials
from .session_login import SessionLogin

__all__ = ["AUTH_KINDS", "CREDENTIALS", "SECRET_WORDS", "Auth", "needed_secrets", "open_auth", "refused_credentials"]

Rules = TypeVar("Rules")


class Auth(Protocol):
    """`renew` gets fresh credentials after a 401 and returns False where there is nothing to renew.

    `is_stale` says beforehand that the present ones are too old to be sent.
    """

    @property
    def is_stale(self) -> bool: ...
    def open(self, fetcher: StrictFetcher) -> None: ...
    def renew(self, fetcher: StrictFetcher) -> bool: ...
    def sign(self, request: FetchRequest) -> FetchRequest: ...


@dataclass(frozen=True)
class _Given:
    """What an auth is made from."""

    preset: Preset
    secrets: Mapping[str, str]
    prefix: str | None
    monotonic: Callable[[], float]


CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "none": (),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "jwt_login": ("username", "password"),
    "oauth2_client_credentials": ("client_id", "client_secret"),
    "session_login": ("username", "password"),
}
"""The secrets that each auth kind cannot do without, unless its preset says otherwise."""


def needed_secrets(kind: str, preset: Preset | None = None) -> tuple[str, ...]:
    """Return the names of the secrets that a system of this auth kind needs; none for a kind that is not known."""
    names = CREDENTIALS.get(kind, ())
    if kind == "basic" and preset is not None:
        rules = preset.auth.basic
        names = (*(names if rules.has_password else ("username",)), *rules.headers.values())
    return tuple(dict.fromkeys(names))


def open_auth(
    kind: str,
    preset: Preset,
    secrets: Mapping[str, str],
    *,
    prefix: str | None = None,
    monotonic: Callable[[], float],
) -> Auth:
    """Return the auth of this kind; raise FatalError for an unknown kind or a secret that is missing or unusable."""
    if kind not in AUTH_KINDS:
        raise FatalError(f"The auth kind {kind!r} is not known. Choose one of: {', '.join(AUTH_KINDS)}.")
    return AUTH_KINDS[kind](_Given(preset, secrets, prefix, monotonic))


def _jwt_login(given: _Given) -> Auth:
    rules = _told(given.preset.auth.jwt_login, given.preset)
    return JwtLogin(rules, given.secrets, prefix=given.prefix)


def _client_credentials(given: _Given) -> Auth:
    rules = _told(given.preset.auth.oauth2_client_credentials, given.preset)
    return ClientCredentials(rules, given.secrets, prefix=given.prefix, monotonic=given.monotonic)


def _session_login(given: _Given) -> Auth:
    rules = _told(given.preset.auth.session_login, given.preset)
    return SessionLogin(rules, given.secrets, prefix=given.prefix)


def _told(rules: Rules | None, preset: Preset) -> Rules:
    if rules is None:
        raise FatalError(f"The preset {preset.name!r} does not say where to log in. Choose another auth kind.")
    return rules


AUTH_KINDS: Final[Mapping[str, Callable[[_Given], Auth]]] = {
    "none": lambda _given: no_auth(),
    "api_key": lambda given: api_key_auth(given.preset.auth.api_key, given.secrets),
    "basic": lambda given: basic_auth(given.preset.auth.basic, given.secrets),
    "bearer": lambda given: bearer_auth(given.secrets, given.prefix),
    "jwt_login": _jwt_login,
    "oauth2_client_credentials": _client_credentials,
    "session_login": _session_login,
}
