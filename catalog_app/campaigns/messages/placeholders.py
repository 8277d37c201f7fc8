"""What can be placed into a message, with the values of this product and this customer: for the picker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.context import (
    CAMPAIGN,
    CONFIG,
    CONFIG_FIELDS,
    CUSTOMER,
    GROUPS,
    PRODUCT,
    PRODUCT_FIELDS,
    context_of,
)
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.promise import Promise
from catalog_app.campaigns.messages.values import text_of
from catalog_app.core.errors import Sentence
from catalog_app.products.customers import CustomerFeatures

_DAY: Final = "%-d %b"
_DATES: Final = frozenset({f"{root}.valid_to" for root in (PRODUCT, CONFIG)} | {"campaign.today"})
_FIRST: Final = ("first_name", "name", "last_name", "segment")
"""What is known of customers is the caller's; what a message usually says of them comes first."""


@dataclass(frozen=True)
class Placeholder:
    """A field: its whole path, its name in its group, what is put into the text, and what it says now."""

    path: str
    label: str
    insert: str
    value: str


@dataclass(frozen=True)
class Group:
    """The fields of one kind."""

    key: str
    label: Sentence
    entries: tuple[Placeholder, ...]


def placeholders(promise: Promise, customer: CustomerFeatures) -> tuple[Group, ...]:
    """Return what has a value for this product and this customer, in groups; what is empty is not offered."""
    context = context_of(promise, customer, _Nameless())
    product, language = context[PRODUCT], promise.language
    known = [(name, product[name]) for name in PRODUCT_FIELDS if name in product and name not in GROUPS]
    grouped = [(f"{group}.{name}", value) for group in GROUPS for name, value in product[group].items()]
    offer = [(name, context[CONFIG][name]) for name in CONFIG_FIELDS if name in context[CONFIG]]
    facts = sorted(context[CUSTOMER].items(), key=lambda fact: _rank(fact[0]))
    said = [(name, context[CAMPAIGN][name]) for name in ("today", "language")]
    groups = (
        Group(PRODUCT, Sentence("Product"), tuple(_entries(PRODUCT, [*known[:5], *grouped, *known[5:]], language))),
        Group(CONFIG, Sentence("Offer"), tuple(_entries(CONFIG, offer, language))),
        Group(CUSTOMER, Sentence("Customer"), tuple(_entries(CUSTOMER, facts, language))),
        Group(CAMPAIGN, Sentence("Campaign"), tuple(_entries(CAMPAIGN, said, language))),
    )
    return tuple(group for group in groups if group.entries)


@dataclass(frozen=True)
class _Nameless:
    """The picker offers no name of the campaign: it is for those who make it."""

    name: str = ""


def _entries(root: str, values: list[tuple[str, Any]], language: str) -> Iterator[Placeholder]:
    for name, value in values:
        path = f"{root}.{name}"
        filters = f' | date: "{_DAY}"' if path in _DATES else ""
        text = _said(value) if not filters else figures.short_day(str(value), language)
        if text and not isinstance(value, Mapping):
            yield Placeholder(path, name, f"{{{{ {path}{filters} }}}}", text)


def _said(value: Any) -> str:
    try:
        return text_of(value)
    except TemplateError:
        return ""


def _rank(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)
