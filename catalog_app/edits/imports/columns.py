"""Which field of a product a column of a file means: guessed from its heading, decided by a person."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from flask_babel import gettext

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import fold
from catalog_app.products.labels import FIELD_LABELS
from catalog_app.products.patch import READ_ONLY
from catalog_app.products.schema import FIELDS
from catalog_app.products.tables.harmless import original

OURS: Final = ("id", "external_system", "external_product_id", "version")
"""What says which product a row is about."""
TARGETS: Final = (*OURS, *FIELDS, "is_active")
IGNORED: Final = ""
SHOWN_ONLY: Final = READ_ONLY.difference(OURS)
"""Columns of an export that nobody writes; they may stand in the file and are passed over."""

_NO_SIGN: Final = re.compile(r"[\W_]+")
_SYNONYMS: Final[Mapping[str, str]] = {
    "product": "name", "product name": "name", "title": "name", "plan": "name", "offer": "name", "tariff": "name",
    "product id": "external_product_id", "product code": "external_product_id", "code": "external_product_id",
    "sku": "external_product_id", "source id": "external_product_id", "external code": "external_product_id",
    "number": "id", "catalog id": "id", "our id": "id",
    "source": "external_system", "source system": "external_system", "origin": "external_system",
    "product type": "product_type", "kind": "product_type",
    "sms name": "short_name", "short": "short_name", "short title": "short_name",
    "text": "description", "details": "description", "long description": "description", "about": "description",
    "payment": "payment_mode", "payment type": "payment_mode", "pays": "payment_mode", "paid": "payment_mode",
    "group": "category", "product category": "category", "family": "category",
    "amount": "price", "cost": "price", "fee": "price", "mrc": "price", "main price": "price",
    "ccy": "currency", "currency code": "currency",
    "cycle": "billing_cycle", "billing": "billing_cycle", "billed": "billing_cycle", "billing period": "billing_cycle",
    "vat included": "tax_included", "incl tax": "tax_included", "incl vat": "tax_included",
    "tax": "tax_rate", "vat": "tax_rate", "vat rate": "tax_rate", "tax %": "tax_rate", "vat %": "tax_rate",
    "other prices": "prices", "more prices": "prices",
    "feature": "features", "allowances": "features", "contents": "members", "bundle members": "members",
    "state": "lifecycle_status", "lifecycle": "lifecycle_status", "product status": "lifecycle_status",
    "active": "is_active", "launched": "is_active", "on sale": "is_active",
    "available": "is_available", "switched on": "is_available", "sellable": "is_available",
    "start": "valid_from", "start date": "valid_from", "from": "valid_from", "begins": "valid_from",
    "launch date": "valid_from", "valid since": "valid_from",
    "end": "valid_to", "end date": "valid_to", "until": "valid_to", "to": "valid_to", "expires": "valid_to",
    "expiry": "valid_to", "expiry date": "valid_to", "ends": "valid_to",
    "segment": "target_segments", "target": "target_segments", "audience": "target_segments",
    "targeted segments": "target_segments", "excluded segments": "exclude_segments",
    "excluded": "exclude_segments", "not for segments": "exclude_segments",
    "min value": "min_customer_value", "minimum customer value": "min_customer_value",
    "max value": "max_customer_value", "maximum customer value": "max_customer_value",
    "channel": "channels", "contact channels": "channels", "points": "points_price", "stock": "quota_total",
    "limit per customer": "max_per_customer", "cooldown": "cooldown_days", "sync": "sync_frequency",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a file with the field it is taken for, or none; and some of its cells as they stand."""

    heading: str
    field: str
    examples: tuple[str, ...]

    @property
    def is_shown_only(self) -> bool:
        """Whether it is a column of an export that nobody writes."""
        return _squeezed(self.heading) in {_squeezed(name) for name in SHOWN_ONLY}


def column_label(field: str) -> str:
    """Return what people call a field that a column may mean."""
    match field:
        case "id":
            return str(gettext("Our number"))
        case "version":
            return str(gettext("Version"))
        case "is_active":
            return str(gettext("Active"))
        case _:
            return str(FIELD_LABELS[field])


def guessed(headings: Sequence[str]) -> dict[str, str]:
    """Return a field for each heading that means one; each field once, the plainest heading first."""
    found: dict[str, str] = {}
    for names in (_by_name(), _by_label(), _by_synonym()):
        for heading in headings:
            field = names.get(_squeezed(original(heading)))
            if field and heading not in found and field not in found.values() and not _is_shown_only(heading):
                found[heading] = field
    return found


def checked(columns: Mapping[str, str], headings: Iterable[str]) -> dict[str, str]:
    """Return which column means which field; raise RuleError where that makes no plan."""
    there = set(headings)
    taken = {heading: field for heading, field in columns.items() if field != IGNORED and heading in there}
    if unknown := [field for field in taken.values() if field not in TARGETS]:
        raise RuleError({"columns": Sentence("There is no field %(field)s.", field=unknown[0])})
    fields = list(taken.values())
    if twice := next((field for field in fields if fields.count(field) > 1), None):
        raise RuleError(
            {"columns": Sentence("Two columns are taken for %(field)s. Choose one.", field=column_label(twice))}
        )
    if not set(fields).difference(OURS):
        raise RuleError({"columns": Sentence("Choose what at least one column means, besides which product it is.")})
    if not {"id", "external_product_id", "name"}.intersection(fields):
        raise RuleError(
            {
                "columns": Sentence(
                    "Choose the column that says which product a row is: its number, its external id, or a name."
                )
            }
        )
    return taken


def _is_shown_only(heading: str) -> bool:
    return heading in SHOWN_ONLY


def _squeezed(heading: str) -> str:
    return _NO_SIGN.sub("", fold(heading))


@cache
def _by_name() -> Mapping[str, str]:
    return {_squeezed(field): field for field in TARGETS}


def _by_label() -> Mapping[str, str]:
    """Return the fields by what pages call them, in the reader's language."""
    return {_squeezed(column_label(field)): field for field in reversed(TARGETS)}


@cache
def _by_synonym() -> Mapping[str, str]:
    return {_squeezed(words): field for words, field in _SYNONYMS.items()}
