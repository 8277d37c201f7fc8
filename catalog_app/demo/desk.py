"""Who works with the demo beside its admin, and what programs use it: so that the pages of settings show something.

Nobody can sign in as them: their passwords are made up and thrown away, and so are the secrets.
"""

from typing import Final

from catalog_app.accounts.roles import Role, Scope
from catalog_app.accounts.schema import NewToken, NewUser, expiry_from
from catalog_app.accounts.service import tokens, users
from catalog_app.core.clock import utcnow
from catalog_app.core.courier import new_secret
from catalog_app.core.sealing import can_seal
from catalog_app.events.webhooks import changing
from catalog_app.events.webhooks.service import subscribe

ACTOR: Final = "demo"
PEOPLE: Final[tuple[tuple[str, str, Role], ...]] = (
    ("omar@demo.example", "Omar Saleh", "editor"),
    ("sara@demo.example", "Sara Nasser", "approver"),
    ("huda@demo.example", "Huda Karim", "viewer"),
)
PROGRAMS: Final[tuple[tuple[str, tuple[Scope, ...], str], ...]] = (
    ("Offer engine", ("products:read", "nbo:read", "nbo:write"), "90d"),
    ("Nightly price list", ("products:read",), "365d"),
)


def furnish() -> None:
    """Invite the people, make the tokens, and subscribe an address that is paused: the demo tells nobody anything."""
    for email, name, role in PEOPLE:
        users.invite(NewUser(email=email, name=name, role=role), actor=ACTOR)
    now = utcnow()
    for name, scopes, lifetime in PROGRAMS:
        tokens.create(NewToken(name=name, scopes=scopes, expires_at=expiry_from(lifetime, now)), actor=ACTOR)
    if can_seal():
        webhook = subscribe(
            url="https://shop.demo.example/hooks/catalogue",
            shape="product",
            event_types=("product.created", "product.withdrawn"),
            description="The web shop, as soon as it is ready for it",
            secret=new_secret(),
            actor=ACTOR,
        )
        changing.pause(webhook.id, actor=ACTOR)
