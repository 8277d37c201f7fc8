"""The ID token: who signed it, with what, for whom, for which sign-in, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from catalog_app.accounts.oidc.faults import not_believed
from catalog_app.accounts.oidc.provider import Provider

log = structlog.get_logger(__name__)

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has: neither `none`, nor one that a secret of ours could make."""
_KINDS: Final = frozenset({"RSA", "EC"})
_LEEWAY: Final = 60
"""Seconds by which the clocks of the provider and of ours may differ."""
_LONGEST: Final = 64 * 1024


@dataclass(frozen=True)
class Expected:
    """What a token has to say to count for one sign-in."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    acr: tuple[str, ...]


def claims_of(id_token: str, provider: Provider, expected: Expected) -> Mapping[str, Any]:
    """Return what a token says, when everything about it is right; raise SignInRefusedError."""
    if len(id_token) > _LONGEST:
        raise not_believed("the ID token is too long")
    try:
        header = jws.extract_compact(id_token.encode()).headers()
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise not_believed("the ID token is not signed in a way that counts")
        token = jwt.decode(id_token, KeySet.import_key_set(_keys(provider, kid)), algorithms=[algorithm])
        options: dict[str, dict[str, Any]] = {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        }
        if expected.acr:
            options["acr"] = {"essential": True, "values": list(expected.acr)}
        params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(leeway=_LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
        # What the library says may quote the token.
        raise not_believed(f"the ID token does not hold ({type(fault).__name__})") from None
    return dict(claims)


def _keys(provider: Provider, kid: object) -> Any:
    """Return the set of the one key that the token names: asked for anew where we do not know it, for keys are changed."""
    found = _named(provider.keys(), kid) or _named(provider.keys(unknown=True), kid)
    if len(found) != 1:
        raise not_believed("the ID token is signed with a key that the provider does not name")
    return {"keys": found}


def _named(said: Mapping[str, Any], kid: object) -> list[Mapping[str, Any]]:
    keys = said.get("keys")
    usable = [key for key in keys if _signs(key)] if isinstance(keys, list) else []
    return [key for key in usable if kid is None or key.get("kid") == kid]


def _signs(key: object) -> bool:
    return isinstance(key, Mapping) and key.get("kty") in _KINDS and key.get("use", "sig") == "sig"
