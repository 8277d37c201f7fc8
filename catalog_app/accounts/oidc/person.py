"""Who somebody is, by what the provider says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.accounts.oidc.faults import not_believed
from catalog_app.accounts.oidc.roles import role_of
from catalog_app.accounts.roles import Role
from catalog_app.accounts.schema import MAX_NAME, email_key
from catalog_app.core.text import clean_line
from catalog_app.settings_oidc import OidcSettings

LONGEST: Final = 255


@dataclass(frozen=True)
class Person:
    """Issuer and subject are who it is, for good. An address may pass on to somebody else, so it only introduces."""

    issuer: str
    subject: str
    email: str | None
    is_email_verified: bool
    name: str
    role: Role | None

    @classmethod
    def of(cls, claims: Mapping[str, Any], oidc: OidcSettings) -> "Person":
        """Return who the claims of a verified token speak of; raise SignInRefusedError."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST or not subject.isprintable():
            raise not_believed("the token names no usable subject")
        email = _email(claims.get("email"))
        return cls(
            issuer=oidc.issuer,
            subject=subject,
            email=email,
            is_email_verified=(_is_true(claims.get("email_verified")) or oidc.trust_email)
            and _is_same(claims.get("email"), email),
            name=_name(claims) or (email or "").partition("@")[0],
            role=role_of(claims, oidc.role_claim, oidc.roles),
        )


def _is_true(said: object) -> bool:
    # A provider that means yes says true, and some write it as text; 1 is equal to True, and is neither.
    return said is True or said == "true"


def _email(said: object) -> str | None:
    try:
        return email_key(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _is_same(said: object, email: str | None) -> bool:
    """Return whether an address is the same one here, apart from capitals.

    Accounts are found by folded text, to which K and the sign of the kelvin, ss and ß are one. Who delivers mail may keep
    them apart, so such an address may be verified for somebody else.
    """
    if not isinstance(said, str) or email is None:
        return False
    lower = said.strip().lower()
    return lower == email and _ascii_letters(lower) == _ascii_letters(said.strip())


def _ascii_letters(text: str) -> int:
    return sum(character.isascii() for character in text)


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("name", "preferred_username"):
        said = claims.get(claim)
        try:
            name = clean_line(said) if isinstance(said, str) else ""
        except ValueError:
            name = ""
        if name:
            return name[:MAX_NAME]
    return ""
