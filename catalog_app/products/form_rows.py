"""The repeated rows of the product form. A row whose telling fields are blank says nothing and is left out."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField

from catalog_app.products import terms
from catalog_app.products.form_fields import MomentField, in_capitals
from catalog_app.products.labels import term


def pick(values: Sequence[str], *, blank: Any = None) -> Callable[[], dict[str, str]]:
    """Return the choices of a select, said in the language of each request."""

    def choices() -> dict[str, str]:
        first = {} if blank is None else {"": str(blank)}
        return first | {value: term(value) for value in values}

    return choices


class Meant(Protocol):
    """What a text in a row means: one product, or several that it may be."""

    @property
    def product(self) -> Any: ...
    @property
    def candidates(self) -> Sequence[Any]: ...


class Row(Form):
    """One row. `telling` names the fields that make it count; the others have a value even when untouched."""

    telling: tuple[str, ...] = ()

    def is_blank(self) -> bool:
        return not any(str(self[name].data or "").strip() for name in self.telling)

    def as_value(self) -> Any:
        """Return what the row says, by the names of the rules; what is blank is absent."""
        return {name: value for name, value in self.data.items() if value not in (None, "")}


class PriceRow(Row):
    telling = ("amount", "name")

    name = StringField(lazy_gettext("Name"))
    price_type = SelectField(lazy_gettext("Kind"), choices=pick(terms.PRICE_TYPES))
    amount = StringField(lazy_gettext("Amount"))
    currency = StringField(lazy_gettext("Currency"), filters=(in_capitals,))
    billing_cycle = SelectField(lazy_gettext("Billed"), choices=pick(terms.BILLING_CYCLES), default="one_time")
    tax_included = BooleanField(lazy_gettext("Tax included"))
    tax_rate = StringField(lazy_gettext("Tax rate, %"))
    valid_from = MomentField(lazy_gettext("From (UTC)"))
    valid_to = MomentField(lazy_gettext("Until (UTC)"))


class FreeRow(Row):
    """A key of one's own with its value. What was not text when the form was made stays what it was, unless it is edited."""

    telling = ("key", "text")

    key = StringField(lazy_gettext("Name"))
    text = StringField(lazy_gettext("Value"))
    original = HiddenField()

    @staticmethod
    def of(key: str, value: Any) -> dict[str, str]:
        return {"key": key, "text": _free_text(value), "original": json.dumps(value, ensure_ascii=False)}

    def as_pair(self) -> tuple[str, Any]:
        text = (self.text.data or "").strip()
        original = json_or_none(self.original.data)
        return (self.key.data or "").strip(), original if text == _free_text(original) else guessed(text)


class ReferenceRow(Row):
    """A row that names a product: as its id, its source's id, or its name. `chosen` is picked from several that it may mean."""

    telling = ("product",)

    product = StringField(lazy_gettext("Product"))
    chosen = StringField()

    def settle(self, find: Callable[[str], "Meant"], kept: Collection[str]) -> None:
        """Let the row name one product by its id, or show what it may mean; what is `kept` already may be unknown here."""
        text = (self.chosen.data or self.product.data or "").strip()
        self.chosen.data = ""
        found = find(text)
        if found.product is not None:
            self.shown_name = found.product.name
            if self.product.data not in kept:
                self.product.data = f"#{found.product.id}"
        elif text not in kept:
            self.candidates = found.candidates
            words = gettext("Which one?") if found.candidates else gettext("No product has this id or name.")
            self.product.errors = [words]

    shown_name = ""
    candidates: Sequence[Any] = ()


class RelationRow(ReferenceRow):
    relation = SelectField(lazy_gettext("Relation"), choices=pick(terms.RELATIONS))

    def as_value(self) -> dict[str, Any]:
        return {"relation": self.relation.data, "product": reference_from(self.product.data or "")}


class MemberRow(ReferenceRow):
    min = StringField(lazy_gettext("At least"), default="0")
    default = StringField(lazy_gettext("Usually"), default="1")
    max = StringField(lazy_gettext("At most"))

    def as_value(self) -> dict[str, Any]:
        numbers = {name: self[name].data for name in ("min", "default") if self[name].data not in (None, "")}
        reference = reference_from(self.product.data or "")
        return {**numbers, "product": reference, "max": self.max.data or None}


class TranslationRow(Row):
    telling = ("language", "name", "short_name", "description")

    language = StringField(lazy_gettext("Language"))
    name = StringField(lazy_gettext("Name"))
    short_name = StringField(lazy_gettext("Short name"))
    description = TextAreaField(lazy_gettext("Description"))

    def as_pair(self) -> tuple[str, dict[str, Any]]:
        value: dict[str, Any] = self.as_value()
        return str(value.pop("language", "")), value


def reference_from(text: str) -> Any:
    """Return the product that "7", "PO-10482" or "xiva:PO-10482" names; "#7" is 7 too."""
    text = text.strip()
    digits = text.removeprefix("#")
    if digits.isascii() and digits.isdecimal():
        return int(digits[:19])
    system, colon, external_id = text.partition(":")
    return [system, external_id] if colon and system and external_id else text


def _free_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def guessed(text: str) -> Any:
    """Return a number or a switch where the text plainly is one, the text itself otherwise."""
    if text in ("true", "false"):
        return text == "true"
    number = text.removeprefix("-")
    is_number = number.isascii() and number.replace(".", "", 1).isdecimal() and number[:1].isdecimal()
    if not is_number or (number[0] == "0" and number[1:2].isdecimal()):
        return text
    return float(text) if "." in text else int(text[:20])


def json_or_none(text: str | None) -> Any:
    """Return what a hidden field kept as JSON; None where it is no JSON."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def rows_of(field: Any) -> list[Any]:
    """Return the rows of a list that say something."""
    return [entry.form for entry in field if not entry.form.is_blank()]
