"""The filters of offerings in SQL: each holds for exactly the offerings that show what it asks for."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from catalog_app.products.models import Product
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.asking import Asked, flag_written, moment_written, state_written
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.words import DRAFTS, word_of

_PLAIN = {"name": Product.name, "description": Product.description, "statusReason": Product.status_reason}


def fitting(asked: Asked, addresses: Addresses) -> list[ColumnElement[bool]]:
    """Return the conditions that an offering is seen by who asks, and shows what every filter asks for."""
    conditions: list[ColumnElement[bool]] = [Product.deleted_at.is_(None)]
    if not asked.sees_drafts:
        # Said so, no index on the status looks better than the order of the list, which ends as soon as a page is full.
        conditions.append(Product.lifecycle_status.not_in(DRAFTS))
    for name, texts in asked.filters.items():
        conditions.append(or_(*(_condition(name, text, addresses) for text in texts)))
    return conditions


def _condition(name: str, text: str, addresses: Addresses) -> ColumnElement[bool]:
    """Return the condition that an attribute is shown as this text."""
    match name:
        case "id" | "href":
            number = kept.row_id(text if name == "id" else addresses.id_in("productOffering", text) or "")
            return Product.id == number if number else false()
        case "isBundle" | "isSellable":
            shown = Product.product_type == "bundle" if name == "isBundle" else Product.is_available.is_(True)
            flag = flag_written(text)
            return false() if flag is None else shown if flag else ~shown
        case "lifecycleStatus":
            return _shows_status(text)
        case "lastUpdate":
            moment = moment_written(text)
            return _changed_at(moment) if moment else false()
        case "version":
            return _beside(TmfResource.body["version"].as_string() == text)
        case _:
            return _PLAIN[name] == text


def _shows_status(word: str) -> ColumnElement[bool]:
    """Return the twin of `status_word`: a word shows where it was written, and a state's own word where none was."""
    status = state_written(word)
    if status is None:
        return false()
    written = _beside(TmfResource.lifecycle_status == status, TmfResource.body["lifecycleStatus"].as_string() == word)
    if word_of(status) != word:
        return and_(Product.lifecycle_status == status, written)
    another = _beside(TmfResource.lifecycle_status == status, TmfResource.body["lifecycleStatus"].as_string() != word)
    return and_(Product.lifecycle_status == status, ~another)


def _changed_at(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that an offering changed last then: its product, or what is kept beside it."""
    changed = aliased(Product)
    either = (
        select(changed.id)
        .where(changed.updated_at == moment)
        .union_all(
            select(TmfResource.product_id).where(TmfResource.product_id.is_not(None), TmfResource.updated_at == moment)
        )
    )
    later = exists().where(TmfResource.product_id == Product.id, TmfResource.updated_at > moment)
    return and_(Product.id.in_(either), Product.updated_at <= moment, ~later)


def _beside(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on what is kept beside an offering; few have anything, so it is asked first."""
    return Product.id.in_(select(TmfResource.product_id).where(TmfResource.product_id.is_not(None), *conditions))
