"""The parameters of product addresses that are not filters: fields, flags, and who the customer is."""

import re

from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.query import Query
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.filter_kinds import FLAG
from catalog_app.products.terms import CHANNELS

CUSTOMER = ("customer_value", "segment", "channel", "payment_mode", "owned")
_SEVERAL_IDS = re.compile(r"[0-9]+(?:\s*,\s*[0-9]+)+")


def fields_of(query: Query) -> tuple[str, ...]:
    """Return the fields that `fields=id,name` asks for, all of them where it asks for none."""
    wanted = tuple(dict.fromkeys(filter(None, (part.strip() for part in (query.one("fields") or "").split(",")))))
    if unknown := [name for name in wanted if name not in ALL_FIELDS]:
        there = f"There is no field {unknown[0]!r}. There are {', '.join(ALL_FIELDS)}."
        raise RuleError({"fields": Fault("unknown", there)})
    return wanted or ALL_FIELDS


def flag(query: Query, name: str, *, default: bool) -> bool:
    """Return what a parameter that is true or false says."""
    text = query.one(name)
    try:
        return default if text is None else bool(FLAG.parse(text))
    except ValueError as fault:
        raise RuleError({name: str(fault)}) from None


def channel_of(query: Query) -> str | None:
    """Return the channel over which the customer would be contacted."""
    channel = query.one("channel")
    if channel is not None and channel not in CHANNELS:
        raise RuleError({"channel": Fault("not_a_choice", f"Choose one of: {', '.join(CHANNELS)}.")})
    return channel


def customer_of(query: Query) -> CustomerFeatures:
    """Return the customer that a query describes; what it leaves out, or blank, was not told."""
    given = {
        "customer_value": query.one("customer_value"),
        "segments": query.every("segment") or None,
        "payment_mode": query.one("payment_mode"),
        "owned": [entry for value in query.every("owned") for entry in _owned(value)] or None,
    }
    try:
        return CustomerFeatures.of(given)
    except RuleError as error:
        raise RuleError({_parameter(name): message for name, message in error.errors.items()}) from None


def _owned(value: str) -> list[str]:
    """Return the products that one value names: several ids with commas, or one product in any other form."""
    return re.split(r"\s*,\s*", value) if _SEVERAL_IDS.fullmatch(value) else [value]


def _parameter(name: str) -> str:
    """Return the parameter that a fault of the customer is about; a list's place in it says nothing to a caller."""
    attribute = name.partition(".")[0]
    return "segment" if attribute == "segments" else attribute
