"""Browsers in which somebody is signed in."""

from flask import Flask

from catalog_app.accounts.roles import Role
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.db import db
from tests.support.clients import PASSWORD, Browser

HTMX = {"HX-Request": "true"}


def signed_in_as(app: Flask, role: Role) -> Browser:
    """Return a browser of a new person with this role."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    with app.app_context():
        person = NewUser(email=f"{role}@operator.example", name=f"The {role}", role=role)
        browser.enter(users.create(person, PASSWORD, actor="cli"))
        db.session.remove()
    return browser
