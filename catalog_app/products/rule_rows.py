"""The rows of the rule builder: conditions, and groups of them."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, Form, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from catalog_app.core.errors import RuleError
from catalog_app.products.facts import FACTS, fact_kind
from catalog_app.products.form_rows import Row, guessed, json_or_none, rows_of
from catalog_app.products.rule_builder import BuiltRule, Group, built, in_kept_order
from catalog_app.products.rule_words import OPERATOR_WORDS, operand_text
from catalog_app.products.rules import check_rule

_FOR_ANY = ("eq", "ne", "in", "not_in", "exists")
_OPERATORS: Mapping[str | None, tuple[str, ...]] = {
    "number": ("gte", "lte", "gt", "lt", *_FOR_ANY),
    "text": (*_FOR_ANY, "contains"),
    "truth": ("eq", "exists"),
    "list": ("contains", "exists"),
}


def operators_for(attribute: str, value: Any, chosen: str | None) -> dict[str, str]:
    """Return what may be asked of an attribute, as far as its kind is known; what was chosen stays a choice."""
    allowed = _OPERATORS.get(fact_kind(attribute, value), tuple(OPERATOR_WORDS))
    kept = (chosen,) if chosen in OPERATOR_WORDS and chosen not in allowed else ()
    return {operator: str(OPERATOR_WORDS[operator]) for operator in (*allowed, *kept)}


def _matches() -> dict[str, str]:
    return {"all": gettext("All of"), "any": gettext("Any of"), "not": gettext("None of")}


class ConditionRow(Row):
    telling = ("attribute",)

    attribute = StringField(lazy_gettext("Of the customer"))
    operator = SelectField(
        lazy_gettext("Asks"), choices=lambda: {key: str(text) for key, text in OPERATOR_WORDS.items()}
    )
    operand = StringField(lazy_gettext("Value"))
    original = HiddenField()

    @staticmethod
    def of(condition: Mapping[str, Any]) -> dict[str, str]:
        value = condition["value"]
        return {
            "attribute": _shown(condition["attribute"]),
            "operator": condition["operator"],
            "operand": operand_text(value),
            "original": json.dumps([condition["attribute"], value], ensure_ascii=False),
        }

    def as_value(self) -> dict[str, Any]:
        return {"attribute": self.named(), "operator": self.operator.data, "value": self._operand()}

    def named(self) -> str:
        """Return the attribute: by its key or its label, or untouched the one that stood there."""
        text, (attribute, _) = (self.attribute.data or "").strip(), self._original()
        if attribute is not None and text == _shown(attribute):
            return attribute
        return next((fact.key for fact in FACTS if str(fact.label).casefold() == text.casefold()), text)

    def narrow_operators(self) -> None:
        """Let the select offer what fits the kind of the attribute."""
        value = guessed((self.operand.data or "").strip()) if self.operand.data else None
        self.operator.choices = list(operators_for(self.named(), value, self.operator.data).items())

    def _operand(self) -> Any:
        text = (self.operand.data or "").strip()
        _, original = self._original()
        is_list = self.operator.data in ("in", "not_in")
        if original is not None and text == operand_text(original) and isinstance(original, list) == is_list:
            return original
        if is_list:
            return [guessed(part.strip()) for part in text.split(",") if part.strip()]
        if self.operator.data == "exists":
            return text.casefold() not in ("false", "no", str(gettext("No")).casefold())
        return guessed(text)

    def _original(self) -> tuple[str | None, Any]:
        match json_or_none(self.original.data):
            case [str(attribute), value]:
                return attribute, value
        return None, None


class GroupRow(Form):
    """Some conditions that count together."""

    match = SelectField(lazy_gettext("Group"), choices=_matches, default="any", validate_choice=False)
    conditions = FieldList(FormField(ConditionRow), lazy_gettext("Conditions of the group"))

    def is_blank(self) -> bool:
        return not rows_of(self.conditions)

    def group(self) -> Group:
        return Group(self.match.data or "any", tuple(row.as_value() for row in rows_of(self.conditions)))


class RuleFields:
    """The fields of a rule, for the product form to have among its own."""

    rule_match = RadioField(lazy_gettext("Rule"), choices=_matches, default="all", validate_choice=False)
    conditions = FieldList(FormField(ConditionRow), lazy_gettext("Conditions"))
    groups = FieldList(FormField(GroupRow), lazy_gettext("Groups of conditions"))
    rule_json = TextAreaField(lazy_gettext("Rule as JSON"))

    def rule(self, kept: Mapping[str, Any] | None = None) -> Any:
        """Return the rule that was typed, None for none; `kept` itself where the two only differ in their order."""
        if text := (self.rule_json.data or "").strip():
            try:
                return json.loads(text)
            except ValueError:
                raise RuleError({"rule_json": gettext("This is not JSON.")}) from None
        conditions = tuple(row.as_value() for row in rows_of(self.conditions))
        groups = tuple(row.group() for row in rows_of(self.groups))
        return in_kept_order(BuiltRule(self.rule_match.data or "all", conditions, groups).rule(), kept)

    def unfold(self) -> None:
        """Let the rows show the rule that stands as JSON, where they can; else it stays."""
        try:
            rule = check_rule(json.loads(self.rule_json.data or ""))
        except ValueError:
            return
        if not rule or built(rule) is None:
            return
        shown = rule_data(rule)
        self.rule_match.data = shown["rule_match"]
        for name in ("conditions", "groups"):
            rows: FieldList[Any] = getattr(self, name)
            while rows:
                rows.pop_entry()
            for row in shown[name]:
                rows.append_entry(row)
        self.rule_json.data = ""

    def condition_rows(self) -> list[ConditionRow]:
        """Return every row of a condition, in groups and outside."""
        inside = [entry.form for group in self.groups for entry in group.form.conditions]
        return [*(entry.form for entry in self.conditions), *inside]


def rule_data(rule: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a rule as the form shows it before anybody has typed."""
    shown = built(rule) if rule else BuiltRule("all", ())
    return {
        "rule_match": shown.match if shown else "all",
        "conditions": [ConditionRow.of(condition) for condition in shown.conditions] if shown else [],
        "groups": [_group_data(group) for group in shown.groups] if shown else [],
        "rule_json": "" if shown else json.dumps(rule, indent=2, ensure_ascii=False),
    }


def _group_data(group: Group) -> dict[str, Any]:
    return {"match": group.match, "conditions": [ConditionRow.of(condition) for condition in group.conditions]}


def _shown(attribute: str) -> str:
    return next((str(fact.label) for fact in FACTS if fact.key == attribute), attribute)
