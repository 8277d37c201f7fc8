"""What this door keeps itself: specifications and prices that stand alone, as clients wrote them.

Each write is one transaction with its revision, as a product's is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError
from catalog_app.core.json_values import moment_text
from catalog_app.core.routing import LARGEST_ID
from catalog_app.events.service import record_revision
from catalog_app.products.patch import merge_patch
from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked, flag_written, moment_written, number_written
from catalog_app.tmforum.attributes import Attributes, checked
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.words import DEFAULT_STATUS, DRAFTS, status_of

NUMBERS = ("percentage", "recurringChargePeriodLength")

Check = Callable[[Session, TmfResource], None]
"""Looks at a resource inside the transaction of its change, and raises where the change may not be."""


def row_id(resource_id: str) -> int | None:
    """Return the number that an id of ours is; None for one that no row has."""
    if not (resource_id.isascii() and resource_id.isdecimal() and len(resource_id) <= len(str(LARGEST_ID))):
        return None
    number = int(resource_id)
    return number if 0 < number <= LARGEST_ID and str(number) == resource_id else None


def document(kept: TmfResource, addresses: Addresses) -> dict[str, Any]:
    """Return the resource as it was written, with what is ours."""
    resource_id = str(kept.id)
    kind: Any = kept.kind
    return {
        "id": resource_id,
        "href": addresses.of(kind, resource_id),
        "lastUpdate": moment_text(kept.updated_at),
        "@type": kept.kind[0].upper() + kept.kind[1:],
        **kept.body,
    }


def find(kind: Kind, resource_id: str, *, sees_drafts: bool = True) -> TmfResource:
    """Return what is kept under an id, or raise NotFoundError."""
    number = row_id(resource_id)
    kept = db.session().get(TmfResource, number) if number else None
    if kept is None or kept.kind != kind or not (sees_drafts or kept.lifecycle_status not in DRAFTS):
        raise _missing(kind, resource_id)
    return kept


def count(kind: Kind, asked: Asked, addresses: Addresses) -> int:
    """Return how many resources of a kind fit."""
    query = _fitting(select(func.count(TmfResource.id)), kind, asked, addresses)
    found: int = db.session().execute(query).scalar_one()
    return found


def some(kind: Kind, asked: Asked, addresses: Addresses, *, offset: int, limit: int | None) -> Sequence[TmfResource]:
    """Return the resources of a kind that fit, by id, from a place of their list on."""
    query = _fitting(select(TmfResource), kind, asked, addresses).order_by(TmfResource.id)
    return db.session().scalars(query.offset(offset).limit(limit)).all()


def create(kind: Kind, body: Mapping[str, Any], check: Check, *, attributes: Attributes, actor: str) -> TmfResource:
    """Keep what a client made and return it; a name is enough. Raises RuleError, ConflictError."""
    now = utcnow()
    values = _whole(attributes, body)
    kept = TmfResource(kind=kind, body={}, updated_at=now)
    changes = _fill(kept, values)
    try:
        with writing() as session:
            check(session, kept)
            session.add(kept)
            tell(session, kept, changes, action="created", actor=actor, at=now)
            return kept
    except IntegrityError:
        raise ConflictError(f"Another {kind} of this name was made at the same moment; read it.") from None


def change(
    kind: Kind, resource_id: str, patch: Mapping[str, Any], check: Check, *, attributes: Attributes, actor: str
) -> TmfResource:
    """Change what is kept by a JSON merge patch and return it; one that changes nothing writes nothing."""
    sent = {name: value for name, value in patch.items() if name not in ("id", "href", "lastUpdate")}
    with writing() as session:
        kept = _held(session, kind, resource_id)
        if changes := _fill(kept, _whole(attributes, merge_patch(kept.body, sent))):
            kept.updated_at = utcnow()
            check(session, kept)
            tell(session, kept, changes, action="updated", actor=actor, at=kept.updated_at)
        return kept


def delete(kind: Kind, resource_id: str, check: Check, *, actor: str) -> None:
    """Forget what is kept; its history stays. Raises NotFoundError, or what `check` finds against it."""
    with writing() as session:
        kept = _held(session, kind, resource_id)
        check(session, kept)
        gone = {name: [value, None] for name, value in kept.body.items()}
        record_revision(session, _subject(kept), gone, version=kept.version, action="deleted", actor=actor, at=utcnow())
        session.delete(kept)


def tell(
    session: Session, kept: TmfResource, changes: dict[str, Any], *, action: str, actor: str, at: datetime
) -> None:
    """Write the revision of a change, once the row has its number and its version."""
    session.flush()
    record_revision(session, _subject(kept), changes, version=kept.version, action=action, actor=actor, at=at)


def record(
    session: Session, subject: tuple[str, int, str], changes: dict[str, Any], *, version: int, actor: str
) -> None:
    """Write the revision of what is kept beside an offering."""
    record_revision(session, subject, changes, version=version, action="updated", actor=actor, at=utcnow())


def anything(_session: Session, _kept: TmfResource) -> None:
    """Find nothing against a change."""


def _subject(kept: TmfResource) -> tuple[str, int, str]:
    return kept.kind, kept.id, kept.name


def _held(session: Session, kind: Kind, resource_id: str) -> TmfResource:
    number = row_id(resource_id)
    kept = session.get(TmfResource, number, with_for_update=True, populate_existing=True) if number else None
    if kept is None or kept.kind != kind:
        raise _missing(kind, resource_id)
    return kept


def _missing(kind: str, resource_id: str) -> NotFoundError:
    return NotFoundError(f"There is no {kind} {resource_id[:50]}.")


def _whole(attributes: Attributes, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return every attribute that the resource then has: what was written, and the defaults."""
    written = {name: value for name, value in checked(attributes, body).items() if value is not None}
    if not written.get("name"):
        raise RuleError({"name": "Fill this in."})
    defaults = {"lifecycleStatus": DEFAULT_STATUS} | ({"isBundle": False} if "isBundle" in attributes else {})
    return {**defaults, **written}


def _fill(kept: TmfResource, values: dict[str, Any]) -> dict[str, Any]:
    before = kept.body
    kept.name, kept.lifecycle_status, kept.body = values["name"], status_of(values["lifecycleStatus"]), values
    names = [name for name in dict.fromkeys((*before, *values)) if before.get(name) != values.get(name)]
    return {name: [before.get(name), values.get(name)] for name in names}


def said(name: str) -> Any:
    """Return the expression of a written attribute, to be compared as one of JSON's types."""
    return TmfResource.body[name]


def _fitting(query: Select[Any], kind: Kind, asked: Asked, addresses: Addresses) -> Select[Any]:
    narrowed = query.where(TmfResource.kind == kind)
    if not asked.sees_drafts:
        narrowed = narrowed.where(TmfResource.lifecycle_status.not_in(DRAFTS))
    return narrowed.where(*_conditions(kind, asked, addresses))


def _conditions(kind: Kind, asked: Asked, addresses: Addresses) -> Iterator[ColumnElement[bool]]:
    for name, texts in asked.filters.items():
        yield or_(*(_condition(kind, name, text, addresses) for text in texts))


def _condition(kind: Kind, name: str, text: str, addresses: Addresses) -> ColumnElement[bool]:
    """Return the condition that an attribute is shown as this text."""
    if name in ("id", "href"):
        number = row_id(text if name == "id" else addresses.id_in(kind, text) or "")
        return TmfResource.id == number if number else false()
    if name == "name":
        return TmfResource.name == text
    if name == "lastUpdate":
        moment = moment_written(text)
        return TmfResource.updated_at == moment if moment else false()
    if name == "isBundle":
        flag = flag_written(text)
        return false() if flag is None else said(name).as_boolean().is_(flag)
    if name in NUMBERS:
        wanted = number_written(text)
        return false() if wanted is None else said(name).as_float() == wanted
    is_same: ColumnElement[bool] = said(name).as_string() == text
    return is_same
