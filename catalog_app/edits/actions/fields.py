"""Fields that are simply set: the category, the switch, and the span of time."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.edits.actions.base import BulkAction, Change, Values, checked_fields
from catalog_app.events.diffs import said

START, END = "valid_from", "valid_to"


class SetCategory(BulkAction):
    """One category for all, or none."""

    name = "category"
    label = lazy_gettext("Set category")
    verb = lazy_gettext("Set category")

    def check(self, sent: Mapping[str, Any]) -> Values:
        return checked_fields({"category": sent.get("category")})

    def words(self, values: Values) -> str:
        if values["category"] is None:
            return str(gettext("Remove the category"))
        return str(gettext("Set the category to %(category)s", **values))

    def change(self, product: Row[Any], values: Values) -> Change:  # noqa: ARG002  # it is the same for all
        return Change({"category": values["category"]})


class Switch(BulkAction):
    """May be bought, or may not."""

    name = "availability"
    label = lazy_gettext("Switch on or off")
    verb = lazy_gettext("Switch")

    def check(self, sent: Mapping[str, Any]) -> Values:
        state = sent.get("state")
        if state not in ("on", "off"):
            raise RuleError({"state": Sentence("Choose on or off.")})
        return {"is_available": state == "on"}

    def words(self, values: Values) -> str:
        return str(gettext("Switch on") if values["is_available"] else gettext("Switch off"))

    def change(self, product: Row[Any], values: Values) -> Change:  # noqa: ARG002  # it is the same for all
        return Change({"is_available": values["is_available"]})


class SetValidity(BulkAction):
    """When the sale begins and ends. What is left blank stays as it is, unless it is to be removed."""

    name = "validity"
    label = lazy_gettext("Set dates")
    verb = lazy_gettext("Set dates")
    reads = (START, END)

    def check(self, sent: Mapping[str, Any]) -> Values:
        values: Values = {}
        for name in (START, END):
            is_cleared, text = bool(sent.get(f"clear_{name}")), str(sent.get(name) or "").strip()
            if is_cleared and text:
                raise RuleError({name: Sentence("Either set this date or remove it.")})
            if is_cleared:
                values[name] = None
            elif text:
                values |= checked_fields({name: text})
        if not values:
            raise RuleError({START: Sentence("Set or remove one of the two dates.")})
        checked_fields({name: value for name, value in values.items() if value is not None})
        return values

    def words(self, values: Values) -> str:
        parts = {name: said(name, value) for name, value in values.items()}
        if len(parts) > 1:
            return str(gettext("Set the dates to %(start)s and %(end)s", start=parts[START], end=parts[END]))
        if START in parts:
            return str(gettext("Set the start to %(start)s", start=parts[START]))
        return str(gettext("Set the end to %(end)s", end=parts[END]))

    def change(self, product: Row[Any], values: Values) -> Change:  # noqa: ARG002  # it is the same for all
        return Change(values)
