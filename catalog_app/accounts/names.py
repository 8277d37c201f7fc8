"""What people are called on pages, by their addresses. History keeps the address, which stays when a name changes."""

from collections import Counter
from collections.abc import Mapping

from flask import g
from sqlalchemy import select

from catalog_app.accounts.models import User
from catalog_app.core.db import db


def person_name(email: str) -> str:
    """Return the name of the account with this address; the address where there is none, or two have one name.

    One query for a page, and none where it names nobody.
    """
    return _names().get(email, email)


def _names() -> Mapping[str, str]:
    if "people_by_address" not in g:
        found = db.session().execute(select(User.email, User.name)).all()
        named = Counter(person.name for person in found)
        g.people_by_address = {person.email: person.name for person in found if named[person.name] == 1}
    names: Mapping[str, str] = g.people_by_address
    return names
