"""What is known of customers, in words: the attributes that rules name, with their kinds and units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from flask_babel import format_decimal, gettext, lazy_gettext, ngettext

from catalog_app.products.labels import TERMS

Kind = Literal["number", "text", "truth", "list"]


@dataclass(frozen=True)
class Fact:
    """An attribute of customers that everybody knows: what people call it, and what it holds."""

    key: str
    label: Any
    kind: Kind
    hint: Any = ""


FACTS: tuple[Fact, ...] = (
    Fact("customer_value", lazy_gettext("Customer value"), "number"),
    Fact("lifetime_value", lazy_gettext("Lifetime value"), "number"),
    Fact("total_revenue", lazy_gettext("Total revenue"), "number"),
    Fact("points", lazy_gettext("Points"), "number"),
    Fact("tenure_months", lazy_gettext("Tenure"), "number", lazy_gettext("months")),
    Fact("age", lazy_gettext("Age"), "number", lazy_gettext("years")),
    Fact("segments", lazy_gettext("Segments"), "list"),
    Fact("payment_mode", lazy_gettext("Pays"), "text"),
    Fact("city", lazy_gettext("City"), "text"),
    Fact("region", lazy_gettext("Region"), "text"),
)
_KNOWN: Mapping[str, Fact] = {fact.key: fact for fact in FACTS}


def fact_label(key: str) -> str:
    """Return what people call an attribute; one that nobody has named is its own key, without the lines below."""
    known = _KNOWN.get(key)
    if known is not None:
        return str(known.label)
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else key


def fact_kind(key: str, value: Any = None) -> Kind | None:
    """Return what kind of value an attribute holds: as known, else as `value` shows; None where nobody can tell."""
    known = _KNOWN.get(key)
    if known is not None:
        return known.kind
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, bool):
        return "truth"
    if isinstance(one, int | float | Decimal):
        return "number"
    return "text" if isinstance(one, str) and not _is_moment(one) else None


def fact_unit(key: str) -> str:
    """Return the unit in which an attribute is counted, nothing where there is none."""
    known = _KNOWN.get(key)
    return str(known.hint) if known is not None else ""


def fact_text(key: str, value: Any, names: Mapping[str, str] | None = None) -> str:
    """Return a value of an attribute as people say it: "42 months", "Prepaid", "High value, Family"."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(fact_text(key, one, names) for one in value) or str(gettext("none"))
    if isinstance(value, bool):
        return str(TERMS["true" if value else "false"])
    if isinstance(value, int | float | Decimal):
        return _counted(key, value)
    text = str(value)
    if key == "payment_mode" and text in TERMS:
        return str(TERMS[text])
    return (names or {}).get(text, text) if key == "segments" else text


def _counted(key: str, value: float | Decimal) -> str:
    exact = value if isinstance(value, int) else Decimal(str(value))
    shown, count = str(format_decimal(exact, format="#,##0.####")), int(exact)
    if key == "tenure_months":
        return str(ngettext("%(number)s month", "%(number)s months", count, number=shown))
    if key == "age":
        return str(ngettext("%(number)s year", "%(number)s years", count, number=shown))
    return shown


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
