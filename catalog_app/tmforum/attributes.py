"""What a client may write of each resource: the attributes of TMF620 v4 with the kind of value that each takes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from catalog_app.core.errors import RuleError
from catalog_app.core.text import clean_json, clean_line, clean_text

MAX_TEXT = 20_000
MAX_LINE = 255
MAX_ENTRIES = 500

READ_ONLY = ("id", "href", "lastUpdate")
"""A client may send back what it read; these are ours, and passed over."""


def _line(value: Any) -> str:
    text = clean_line(_of(str, value, "Write this as text."))
    if len(text) > MAX_LINE:
        raise ValueError(f"Use at most {MAX_LINE} characters.")
    return text


def _text(value: Any) -> str:
    text = clean_text(_of(str, value, "Write this as text."))
    if len(text) > MAX_TEXT:
        raise ValueError(f"Use at most {MAX_TEXT} characters.")
    return text


def _flag(value: Any) -> bool:
    return bool(_of(bool, value, "Choose true or false."))


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("Write this as a number.")  # noqa: TRY004  # a caller's mistake, not ours
    return clean_json(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if not isinstance(number, int) or not 0 <= number < 2**31:
        raise ValueError("Write this as a whole number.")
    return number


def _object(value: Any) -> Any:
    return clean_json(_of(dict, value, "Write this as an object."))


def _list(value: Any) -> Any:
    entries = _of(list, value, "Write this as a list of objects.")
    if len(entries) > MAX_ENTRIES or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"Write this as a list of at most {MAX_ENTRIES} objects.")
    return clean_json(entries)


def _amounts(value: Any) -> Any:
    """Check a list like `_list`, and return it as it came: the amounts in it keep every digit."""
    _list(value)
    return value


def _period(value: Any) -> Any:
    """Return a time period whose ends, where they are given, are moments in order."""
    period = _object(value)
    start, end = (_moment(period.get(name)) for name in ("startDateTime", "endDateTime"))
    if start and end and end <= start:
        raise ValueError("The end is not after the start.")
    return period


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    message = "Write each end as a date and time with a time zone, such as 2026-12-31T21:00:00Z."
    try:
        moment = datetime.fromisoformat(_of(str, value, message))
    except ValueError:
        raise ValueError(message) from None
    if moment.tzinfo is None:
        raise ValueError(message)
    return moment


def _of(kind: type, value: Any, message: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(message)  # noqa: TRY004  # a caller's mistake, not ours
    return value


Attributes = Mapping[str, Callable[[Any], Any]]

_COMMON: Attributes = {
    "name": _line,
    "description": _text,
    "lifecycleStatus": _line,
    "version": _line,
    "validFor": _period,
    "@type": _line,
    "@baseType": _line,
    "@schemaLocation": _line,
}
OFFERING: Attributes = {
    **_COMMON,
    "isBundle": _flag,
    "isSellable": _flag,
    "statusReason": _line,
    "agreement": _list,
    "attachment": _list,
    "bundledProductOffering": _list,
    "category": _list,
    "channel": _list,
    "marketSegment": _list,
    "place": _list,
    "prodSpecCharValueUse": _list,
    "productOfferingPrice": _amounts,
    "productOfferingRelationship": _list,
    "productOfferingTerm": _list,
    "productSpecification": _object,
    "resourceCandidate": _object,
    "serviceCandidate": _object,
    "serviceLevelAgreement": _object,
}
SPECIFICATION: Attributes = {
    **_COMMON,
    "brand": _line,
    "isBundle": _flag,
    "productNumber": _line,
    "attachment": _list,
    "bundledProductSpecification": _list,
    "productSpecCharacteristic": _list,
    "productSpecificationRelationship": _list,
    "relatedParty": _list,
    "resourceSpecification": _list,
    "serviceSpecification": _list,
    "targetProductSchema": _object,
}
PRICE: Attributes = {
    **_COMMON,
    "isBundle": _flag,
    "priceType": _line,
    "percentage": _number,
    "recurringChargePeriodType": _line,
    "recurringChargePeriodLength": _whole,
    "price": _object,
    "unitOfMeasure": _object,
    "bundledPopRelationship": _list,
    "constraint": _list,
    "place": _list,
    "popRelationship": _list,
    "pricingLogicAlgorithm": _list,
    "prodSpecCharValueUse": _list,
    "productOfferingTerm": _list,
    "tax": _list,
}
CATEGORY: Attributes = {
    **_COMMON,
    "isRoot": _flag,
    "parentId": _line,
    "productOffering": _list,
    "subCategory": _list,
}


def checked(attributes: Attributes, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be written of what was sent, cleaned; null stays null. Raise RuleError with every fault."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in sent.items():
        if name in READ_ONLY:
            continue
        if name not in attributes:
            faults[name[:MAX_LINE]] = _hint(name, attributes)
            continue
        try:
            values[name] = None if value is None else attributes[name](value)
        except ValueError as fault:
            faults[name] = str(fault)
    if faults:
        raise RuleError(faults)
    return values


def _hint(name: str, attributes: Attributes) -> str:
    near = get_close_matches(name[:50], attributes, n=1)
    return "There is no such attribute" + (f"; did you mean {near[0]}?" if near else ".")
