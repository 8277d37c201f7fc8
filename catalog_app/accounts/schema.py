"""What a new account and a new token must be, whichever door they come through."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from catalog_app.accounts.roles import SCOPES, Role, Scope
from catalog_app.core.errors import Sentence
from catalog_app.core.text import clean_line, fold

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+")
_LIFETIME = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=3660)
MAX_EMAIL = 200
MAX_NAME = 100
NEVER = "never"


def email_key(text: str) -> str:
    """Return an e-mail address as accounts are found by it; raise ValueError if it is none."""
    email = fold(clean_line(text))
    if not _EMAIL.fullmatch(email) or len(email) > MAX_EMAIL:
        raise ValueError(Sentence("Write an e-mail address, such as lina@operator.example."))
    return email


def name_of(text: str) -> str:
    """Return the name of a person or a program; raise ValueError if nothing is left of it or it is too long."""
    name = clean_line(text)
    if not name:
        raise ValueError(Sentence("Fill this in."))
    # Counted when it is clean: composing can make a text longer, and the column has an end.
    if len(name) > MAX_NAME:
        raise ValueError(Sentence("Use at most %(most)s characters.", most=MAX_NAME))
    return name


def expiry_from(text: str, now: datetime) -> datetime | None:
    """Return when a lifetime such as `90d`, `12h` or `4w` that begins now is over; None for `never`."""
    if text == NEVER:
        return None
    match = _LIFETIME.fullmatch(text)
    lifetime = int(match[1]) * _UNITS[match[2]] if match else None
    if lifetime is None or lifetime > _LONGEST:
        raise ValueError(Sentence("Write a lifetime such as 90d, 12h or 4w, at most ten years, or never."))
    return (now + lifetime).astimezone(UTC)


class NewUser(BaseModel):
    """A person who is to have an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Annotated[str, AfterValidator(email_key)]
    name: Annotated[str, AfterValidator(name_of)]
    role: Role


class NewToken(BaseModel):
    """A token that is to be made for a program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(name_of)]
    scopes: tuple[Scope, ...]
    expires_at: datetime | None

    @field_validator("scopes")
    @classmethod
    def _named_once_in_order(cls, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            raise ValueError(Sentence("Choose at least one scope."))
        return tuple(scope for scope in SCOPES if scope in scopes)
