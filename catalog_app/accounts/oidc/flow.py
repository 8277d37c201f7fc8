"""The two steps of a sign-in: the address that the browser is sent to, and what comes of the code that it brings back."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from catalog_app.accounts.oidc.asking import ask
from catalog_app.accounts.oidc.begun import Begun
from catalog_app.accounts.oidc.faults import SignInRefusedError, not_believed, not_ours
from catalog_app.accounts.oidc.provider import Metadata, Provider
from catalog_app.core.errors import Sentence
from catalog_app.core.http import FetchRequest
from catalog_app.settings import Settings
from catalog_app.settings_oidc import OidcSettings

START: Final = "/login/oidc"
CALLBACK: Final = "/login/oidc/callback"
BACK: Final = "/login/oidc/back"
_MOST_SHOWN: Final = 60
_LONGEST_CODE: Final = 4096


class Flow:
    """Signing in at the provider, as these settings describe it."""

    def __init__(self, given: Settings, provider: Provider) -> None:
        if given.oidc is None or given.public_base_url is None:
            raise RuntimeError("there is no provider")
        self._given = given
        self._oidc: OidcSettings = given.oidc
        self._provider = provider
        self._key = given.secret_key.get_secret_value()
        self._home = given.public_base_url.rstrip("/")

    def address_for(self, begun: Begun) -> str:
        """Return where the browser goes to sign in; raise ProviderAwayError."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415  # see the package
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

        more = {"acr_values": " ".join(self._oidc.acr)} if self._oidc.acr else {}
        address: str = prepare_grant_uri(
            self._provider.metadata().authorization_endpoint,
            client_id=self._oidc.client_id,
            response_type="code",
            redirect_uri=self._home + CALLBACK,
            scope=self._oidc.scopes,
            state=begun.state,
            nonce=begun.nonce(self._key),
            code_challenge=create_s256_code_challenge(begun.verifier(self._key)),
            code_challenge_method="S256",
            **more,
        )
        return address

    def claims(self, begun: Begun | None, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """Return what the provider says of who came back with these parameters; raise SignInRefusedError."""
        from catalog_app.accounts.oidc.tokens import Expected, claims_of  # noqa: PLC0415  # see the package

        if begun is None or not begun.is_meant_by(asked.get("state", "")):
            raise not_ours("no sign-in with this state was begun in this browser, or too long ago")
        if asked.get("iss", self._oidc.issuer) != self._oidc.issuer:
            raise not_believed("the answer names another issuer")
        if "error" in asked:
            raise _refused_there(asked["error"])
        code = asked.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise not_believed("the answer has no usable code")
        given = self._redeemed(code, begun)
        id_token, access_token = given.get("id_token"), given.get("access_token")
        if not isinstance(id_token, str):
            raise not_believed("the provider gave no ID token")
        expected = Expected(
            issuer=self._oidc.issuer,
            client_id=self._oidc.client_id,
            nonce=begun.nonce(self._key),
            access_token=access_token if isinstance(access_token, str) else None,
            acr=self._oidc.acr,
        )
        return claims_of(id_token, self._provider, expected)

    def leaving(self) -> str | None:
        """Return where the browser ends its session at the provider; None where the provider offers nothing for it."""
        address = self._provider.metadata().end_session_endpoint
        if address is None:
            return None
        query = urlencode({"client_id": self._oidc.client_id, "post_logout_redirect_uri": f"{self._home}/login"})
        return f"{address}{'&' if '?' in address else '?'}{query}"

    def _redeemed(self, code: str, begun: Begun) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._home + CALLBACK,
            "code_verifier": begun.verifier(self._key),
        }
        return ask(_authenticated(self._provider.metadata(), form, self._oidc), self._given)


def _authenticated(metadata: Metadata, form: Mapping[str, str], oidc: OidcSettings) -> FetchRequest:
    secret = oidc.client_secret.get_secret_value()
    if metadata.takes_basic:
        # Both are form-encoded before they are put together (RFC 6749, 2.3.1).
        auth = (quote_plus(oidc.client_id), quote_plus(secret))
        return FetchRequest("POST", metadata.token_endpoint, form=form, auth=auth)
    form = {**form, "client_id": oidc.client_id, "client_secret": secret}
    return FetchRequest("POST", metadata.token_endpoint, form=form)


def _refused_there(error: str) -> SignInRefusedError:
    said = "".join(character for character in error[:_MOST_SHOWN] if character.isascii() and character.isprintable())
    return SignInRefusedError(
        Sentence("The provider did not sign you in. Begin it again, or ask who looks after your account there."),
        why=f"the provider answered the error {said}",
    )
