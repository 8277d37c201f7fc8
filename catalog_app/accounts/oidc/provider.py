"""What the provider says of itself: where it is asked what, and the keys that it signs with."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.accounts.oidc.asking import ask
from catalog_app.accounts.oidc.faults import ProviderAwayError, away
from catalog_app.core.errors import FatalError
from catalog_app.core.http import FetchRequest, Origin
from catalog_app.settings import Settings

_BELIEVED: Final = 3600.0
"""Seconds for which metadata and keys are not asked for again."""
_BETWEEN: Final = 30.0
"""Seconds between two questions for keys that we did not know: a stranger's tokens could ask for one each."""
_LEFT_ALONE: Final = 30.0
"""Seconds for which a provider that did not answer is not asked again: each question holds a thread."""


@dataclass(frozen=True)
class Metadata:
    """The addresses of the provider; each is https, unless the provider itself is on this machine."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    takes_basic: bool

    @classmethod
    def of(cls, said: Mapping[str, Any], issuer: str) -> "Metadata":
        """Return what the discovery document says; raise ProviderAwayError if it is another issuer's, or incomplete."""
        if said.get("issuer") != issuer:
            raise away("the discovery document names another issuer than CATALOG_OIDC_ISSUER")
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        ending = said.get("end_session_endpoint")
        return cls(
            authorization_endpoint=_address(said, "authorization_endpoint", issuer),
            token_endpoint=_address(said, "token_endpoint", issuer),
            jwks_uri=_address(said, "jwks_uri", issuer),
            end_session_endpoint=_address(said, "end_session_endpoint", issuer) if ending else None,
            takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        )


class Provider:
    """The one provider of an installation, as this process knows it. For several threads at once."""

    def __init__(self, given: Settings) -> None:
        if given.oidc is None:
            raise RuntimeError("there is no provider")
        self._given = given
        self._issuer = given.oidc.issuer
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None
        self._asked_from = 0.0

    def metadata(self) -> Metadata:
        """Return where the provider is asked what; raise ProviderAwayError."""
        with self._lock:
            if self._metadata is None or time.monotonic() - self._metadata[0] > _BELIEVED:
                said = self._asked(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
                self._metadata = (time.monotonic(), Metadata.of(said, self._issuer))
            return self._metadata[1]

    def keys(self, *, unknown: bool = False) -> Mapping[str, Any]:
        """Return the key set; where a token names a key that is `unknown`, ask for it anew. Raises ProviderAwayError."""
        address = self.metadata().jwks_uri
        with self._lock:
            age = time.monotonic() - self._keys[0] if self._keys else _BELIEVED
            if self._keys is None or age >= (_BETWEEN if unknown else _BELIEVED):
                self._keys = (time.monotonic(), self._asked(address))
            return self._keys[1]

    def _asked(self, address: str) -> dict[str, Any]:
        if time.monotonic() < self._asked_from:
            raise away("the provider did not answer a moment ago")
        try:
            return ask(FetchRequest("GET", address), self._given)
        except ProviderAwayError:
            self._asked_from = time.monotonic() + _LEFT_ALONE
            raise


def _address(said: Mapping[str, Any], name: str, issuer: str) -> str:
    address = said.get(name)
    if not isinstance(address, str):
        raise away(f"the discovery document does not say its {name}")
    try:
        origin = Origin.of(address)
    except FatalError:
        raise away(f"the {name} of the discovery document is no plain address") from None
    if origin.scheme != "https" and issuer.startswith("https:"):
        raise away(f"the {name} of the discovery document is not https")
    return address
