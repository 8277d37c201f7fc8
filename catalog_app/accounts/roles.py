"""Who may do what: the roles of people, the scopes of tokens, and who is asking."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

Role = Literal["viewer", "editor", "approver", "admin"]

ROLES: tuple[Role, ...] = ("viewer", "editor", "approver", "admin")
"""From the least to the most; each may do all that those before it may."""

Scope = Literal[
    "products:read",
    "products:write",
    "sync:run",
    "sync:approve",
    "campaigns:read",
    "campaigns:write",
    "campaigns:trigger",
    "nbo:read",
    "nbo:write",
    "ml:read",
    "webhooks",
    "admin",
]

SCOPES: tuple[Scope, ...] = (
    "products:read",
    "products:write",
    "sync:run",
    "sync:approve",
    "campaigns:read",
    "campaigns:write",
    "campaigns:trigger",
    "nbo:read",
    "nbo:write",
    "ml:read",
    "webhooks",
    "admin",
)
"""None of them implies another: a token may do what it names, and nothing else."""


class HasRole(Protocol):
    """Anybody who looks at a page, signed in or not."""

    @property
    def role(self) -> str | None: ...


@dataclass(frozen=True)
class SignedIn:
    """The person behind a request, as they stood when it began."""

    user_id: int
    session_id: int
    email: str
    name: str
    role: str
    must_change_password: bool

    # What Flask-Login asks of a user.
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        return str(self.user_id)

    @property
    def actor(self) -> str:
        return f"user:{self.email}"


@dataclass(frozen=True)
class Anonymous:
    """Nobody has signed in."""

    role: None = None
    name: str = ""
    email: str = ""

    is_authenticated: ClassVar[bool] = False
    is_active: ClassVar[bool] = False
    is_anonymous: ClassVar[bool] = True

    def get_id(self) -> None:
        return None


@dataclass(frozen=True)
class Bearer:
    """The API token behind a request."""

    token_id: int
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        return f"token:{self.name}"

    @property
    def caller(self) -> str:
        """Return how logs and limits name it: never by a name, which a person chose."""
        return f"token:{self.token_id}"


def may(who: HasRole, role: Role) -> bool:
    """Return whether `who` has `role` or one above it. Every question about roles is asked here."""
    return who.role in ROLES and ROLES.index(who.role) >= ROLES.index(role)
