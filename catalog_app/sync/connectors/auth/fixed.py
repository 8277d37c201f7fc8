"""Credentials that are the same for every request: none, a key, a name with a password, a token."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from catalog_app.core.http import FetchRequest, StrictFetcher
from catalog_app.sync.connectors.auth_rules import ApiKeyRules, BasicRules

from .credentials import secret, with_header


class FixedAuth:
    """Signs with what it was given; there is nothing to open and nothing to renew."""

    is_stale = False

    def __init__(self, sign: Callable[[FetchRequest], FetchRequest]) -> None:
        self.sign = sign

    def open(self, fetcher: StrictFetcher) -> None:
        pass

    def renew(self, fetcher: StrictFetcher) -> bool:  # noqa: ARG002  # the protocol's signature
        return False


def no_auth() -> FixedAuth:
    return FixedAuth(lambda request: request)


def api_key_auth(rules: ApiKeyRules, secrets: Mapping[str, str]) -> FixedAuth:
    key = secret(secrets, "api_key")
    if rules.place == "query":
        return FixedAuth(lambda request: replace(request, params={**request.params, rules.name: key}))
    return FixedAuth(lambda request: with_header(request, rules.name, key))


def basic_auth(rules: BasicRules, secrets: Mapping[str, str]) -> FixedAuth:
    # Where the key is the user name, a password that happens to be set belongs to something else.
    password = secret(secrets, "password", may_be_empty=True) if rules.has_password else ""
    pair = (secret(secrets, "username"), password)
    headers = {header: secret(secrets, name) for header, name in rules.headers.items()}
    return FixedAuth(lambda request: replace(request, auth=pair, headers={**request.headers, **headers}))


def bearer_auth(secrets: Mapping[str, str], prefix: str | None) -> FixedAuth:
    value = f"{prefix or 'Bearer'} {secret(secrets, 'token')}"
    return FixedAuth(lambda request: with_header(request, "Authorization", value))
