"""The role that what the provider says of a person gives them here."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog_app.accounts.roles import ROLES, Role


def role_of(claims: Mapping[str, Any], claim: str, roles: Mapping[str, Role]) -> Role | None:
    """Return the highest role that the claim gives; None where it gives none.

    The claim is a name, or a path with dots such as `realm_access.roles`; its value one text or a list of them.
    """
    said = claims.get(claim, _at(claims, claim.split(".")))
    given = {roles[word] for word in _words(said) if word in roles}
    return max(given, key=ROLES.index, default=None)


def _at(claims: Mapping[str, Any], path: Iterable[str]) -> Any:
    found: Any = claims
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _words(said: Any) -> tuple[str, ...]:
    if isinstance(said, str):
        return (said,)
    return tuple(word for word in said if isinstance(word, str)) if isinstance(said, list) else ()
