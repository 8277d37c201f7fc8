"""Keeping sample customers: everybody sees their own and the shared ones, and changes only their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, Sentence
from catalog_app.core.text import clean_line
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.samples.description import MAX_NAME
from catalog_app.products.samples.models import SampleCustomer

MAX_OWN = 200
_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class SampleInput:
    """A sample customer as somebody wants it kept."""

    name: str
    features: Mapping[str, Any]
    is_shared: bool = False

    @classmethod
    def check(cls, name: str, features: Mapping[str, Any], *, is_shared: bool = False) -> "SampleInput":
        """Return the input checked; raise RuleError naming each field at fault."""
        faults: dict[str, str] = {}
        try:
            cleaned = clean_line(name)
        except ValueError as error:
            cleaned, faults["name"] = "", str(error)
        if not faults and not 1 <= len(cleaned) <= MAX_NAME:
            faults["name"] = Sentence("Give it a name of at most %(most)s characters.", most=MAX_NAME)
        try:
            CustomerFeatures.of(features)
        except RuleError as error:
            faults |= error.errors
        if faults:
            raise RuleError(faults)
        return cls(cleaned, dict(features), is_shared)


def seen_by(viewer: str) -> Sequence[SampleCustomer]:
    """Return the sample customers that somebody may use, their own first, each kind by name."""
    mine = SampleCustomer.owner == viewer
    statement = (
        select(SampleCustomer)
        .where(or_(mine, SampleCustomer.is_shared))
        .order_by(mine.desc(), SampleCustomer.name, SampleCustomer.id)
        .limit(2 * MAX_OWN)
    )
    return db.session().scalars(statement).all()


def find(sample_id: int, viewer: str) -> SampleCustomer:
    """Return one that somebody may use; raise NotFoundError, also where it is another person's own."""
    found = db.session().get(SampleCustomer, sample_id) if 0 < sample_id <= _MAX_ID else None
    if found is None or not (found.is_shared or found.owner == viewer):
        raise NotFoundError(Sentence("There is no sample customer %(number)s.", number=sample_id))
    return found


def keep(wanted: SampleInput, *, owner: str) -> SampleCustomer:
    """Keep a new one. Raises ConflictError where the owner has one of this name."""
    if len([one for one in seen_by(owner) if one.owner == owner]) >= MAX_OWN:
        raise ConflictError(Sentence("You keep %(most)s sample customers; delete one first.", most=MAX_OWN))
    made = SampleCustomer(owner=owner, **_columns(wanted))
    try:
        with writing() as session:
            session.add(made)
    except IntegrityError:
        raise _taken(wanted) from None
    return made


def change(sample_id: int, wanted: SampleInput, *, actor: str) -> SampleCustomer:
    """Change one of the actor's own and return it."""
    try:
        with writing():
            found = _own(sample_id, actor)
            for name, value in _columns(wanted).items():
                setattr(found, name, value)
            return found
    except IntegrityError:
        raise _taken(wanted) from None


def forget(sample_id: int, *, actor: str) -> str:
    """Delete one of the actor's own and return its name."""
    with writing() as session:
        found = _own(sample_id, actor)
        session.delete(found)
        return found.name


def _own(sample_id: int, actor: str) -> SampleCustomer:
    found = find(sample_id, actor)
    if found.owner != actor:
        raise ConflictError(Sentence("Only who keeps a sample customer may change it. Keep a copy of your own."))
    return found


def _columns(wanted: SampleInput) -> dict[str, Any]:
    return {"name": wanted.name, "features": dict(wanted.features), "is_shared": wanted.is_shared}


def _taken(wanted: SampleInput) -> ConflictError:
    return ConflictError(Sentence("You already keep a customer called %(name)s.", name=wanted.name))
