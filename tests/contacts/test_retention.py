"""Contacts are kept for as long as the settings say, and then they are gone."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from catalog_app.contacts import service
from catalog_app.contacts.book import NewContact, record
from catalog_app.contacts.models import Contact
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import forget
from tests.products.factories import saved


def test_what_is_older_than_two_years_goes_in_steps_and_the_rest_stays(app: Flask) -> None:
    now = utcnow()
    with writing() as session:
        product = saved(session).id
        old = [NewContact(f"{number:032x}", product, "sms", now - timedelta(days=731)) for number in range(4_500)]
        record(session, [*old, NewContact("0" * 32, product, "sms", now - timedelta(days=729))])

    assert forget()["contacts"] == 4_500

    assert db.session.execute(select(func.count()).select_from(Contact)).scalar_one() == 1
    assert service.purge() == {"contacts": 0}
