"""What people write in a cell instead of JSON: lists of keys, features, prices, products."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from catalog_app.core.errors import Sentence
from catalog_app.core.text import fold
from catalog_app.products.form_rows import guessed, reference_from
from catalog_app.products.labels import FEATURE_LABELS
from catalog_app.products.tables.cells import parted
from catalog_app.products.terms import CHANNELS, FEATURES, RELATIONS

_PRICE: Final = re.compile(
    r"(?:(?P<name>.*?)\s+)?(?P<currency>[A-Z]{3})\s+(?P<amount>-?[0-9]+(?:\.[0-9]+)?)\s*/?\s*(?P<per>[^0-9]*)"
)
_CYCLES: Final = {
    "day": "daily", "daily": "daily", "week": "weekly", "weekly": "weekly", "month": "monthly", "monthly": "monthly",
    "quarter": "quarterly", "quarterly": "quarterly", "year": "yearly", "yearly": "yearly",
}  # fmt: skip
_ONCE: Final = frozenset({"", "once", "one time", "one_time"})
_BY_USE: Final = frozenset({"per use", "use", "usage"})
_TIMES: Final = re.compile(r"(?P<product>.+?)\s+[x\u00d7]\s*(?P<number>[0-9]{1,6})", re.IGNORECASE)
_KNOWN: Final = {feature.key for feature in FEATURES}


def keys(text: str, labels: Mapping[str, str]) -> list[str]:
    """Return the keys of what a cell lists by key or by label: "High value; family"."""
    return [labels.get(fold(part), part) for part in parted(text)]


def features(text: str) -> dict[str, Any]:
    """Return "data_mb=5120; Validity: 30; colour=red" as features."""
    names = {fold(str(label)): key for key, label in FEATURE_LABELS.items()}
    pairs = {names.get(fold(key), key): value for key, value in _pairs(text)}
    # The rule of a known feature reads its text; what another one means is guessed.
    return {key: value if key in _KNOWN else guessed(value) for key, value in pairs.items()}


def attributes(text: str) -> dict[str, Any]:
    """Return "brand=Nokia; model=G22" as attributes."""
    return {key: guessed(value) for key, value in _pairs(text)}


def prices(text: str) -> list[dict[str, Any]]:
    """Return "Activation SAR 50.00 once; SAR 0.25 per use; Ramadan SAR -5 / month" as further prices."""
    return [_price(part.strip()) for part in text.split(";") if part.strip()]


def members(text: str) -> list[dict[str, Any]]:
    """Return "PO-10; xiva:PO-11 x 2; #7" as the products inside a bundle."""
    return [_member(part.strip()) for part in text.split(";") if part.strip()]


def relations(text: str) -> list[dict[str, Any]]:
    """Return "requires PO-10; excludes #7" as relations."""
    return [_relation(part.strip()) for part in text.split(";") if part.strip()]


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "features": features,
    "attributes": attributes,
    "prices": prices,
    "members": members,
    "relations": relations,
}
"""How each field that may be written shortly is read; the others that have parts are JSON."""


def channel_labels() -> dict[str, str]:
    return {fold(channel): channel for channel in CHANNELS}


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        key, sign, value = (
            (piece.strip() for piece in re.split(r"([=:])", part, maxsplit=1))
            if re.search("[=:]", part)
            else (part, "", "")
        )
        if not (key and sign and value):
            raise ValueError(Sentence("Write %(text)r as a name and a value, such as data_mb=5120.", text=part[:60]))
        found.append((key, value))
    return found


def _price(text: str) -> dict[str, Any]:
    found = _PRICE.fullmatch(text)
    per = fold(found["per"].strip()) if found else ""
    if found is None or not (per in _ONCE or per in _BY_USE or per in _CYCLES):
        raise ValueError(
            Sentence(
                "Write %(text)r as a name, a currency, an amount and a period: Activation SAR 50.00 once.",
                text=text[:60],
            )
        )
    cycle = _CYCLES.get(per, "one_time")
    kind = "usage" if per in _BY_USE else "recurring" if per in _CYCLES else "one_time"
    amount = found["amount"]
    return {
        "name": (found["name"] or "").strip() or None,
        "price_type": "discount" if amount.startswith("-") else kind,
        "amount": amount,
        "currency": found["currency"],
        "billing_cycle": cycle,
    }


def _member(text: str) -> dict[str, Any]:
    found = _TIMES.fullmatch(text)
    if found is None:
        return {"product": reference_from(text)}
    number = int(found["number"])
    return {"product": reference_from(found["product"]), "default": number, "max": number}


def _relation(text: str) -> dict[str, Any]:
    for relation in RELATIONS:
        for words in (relation, relation.replace("_", " ")):
            if fold(text).startswith(f"{words} "):
                return {"relation": relation, "product": reference_from(text[len(words) :])}
    known = ", ".join(relation.replace("_", " ") for relation in RELATIONS)
    raise ValueError(Sentence("Begin %(text)r with one of: %(known)s.", text=text[:60], known=known))
