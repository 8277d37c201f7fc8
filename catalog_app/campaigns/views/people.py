"""Who may own a campaign, by name."""

from sqlalchemy import select

from catalog_app.accounts.models import User
from catalog_app.accounts.names import person_name
from catalog_app.core.db import db

_EDITORS = ("editor", "approver", "admin")
_MOST = 200


def owner_choices(owner: str | None) -> list[tuple[str, str]]:
    """Return who may own a campaign, and whoever owns it now: a program, or somebody who has left."""
    people = (
        select(User.email, User.name).where(User.is_active, User.role.in_(_EDITORS)).order_by(User.name, User.email)
    )
    found = [(email, name or email) for email, name in db.session().execute(people.limit(_MOST))]
    if owner and owner not in dict(found):
        found.insert(0, (owner, person_name(owner)))
    return found
