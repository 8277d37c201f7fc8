"""A product as its page shows it: every field in words, beside who owns it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from catalog_app.core.json_values import as_json
from catalog_app.events.diffs import said
from catalog_app.products.formatting import day_and_time, money, number
from catalog_app.products.labels import field_label, per_price, term, terms
from catalog_app.products.models import Product
from catalog_app.products.ownership import Conflict, Owner, Ownership
from catalog_app.products.references import Reference, References, reference_words
from catalog_app.products.rule_words import rule_text

_CELLS = {"price": "price", "currency": "price", "lifecycle_status": "status", "valid_from": "dates"}
_PERCENT = "\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Fact:
    """One line of the page: what it is called, what it says, which fields stand behind it."""

    label: str
    fields: tuple[str, ...]
    text: str
    owner: Owner | None
    conflicts: tuple[Conflict, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def cell(self) -> str | None:
        """Return the name of the editor in which people change it on the spot; None where only the form does."""
        return _CELLS.get(self.fields[0])


@dataclass(frozen=True)
class FactGroup:
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class SheetWriter:
    """Says the fields of one product."""

    product: Product
    owners: Ownership
    segments: Mapping[str, str]
    named: References

    def details(self) -> tuple[FactGroup, ...]:
        groups = (self._description(), self._price(), self._availability(), *self._inside(), *self.targeting())
        covered = {field for group in groups for fact in group.facts for field in fact.fields}
        # What people own must be seen and can be given back, also where the field has a tab of its own.
        others = tuple(self._other(field) for field in self.product.field_locks if field not in covered)
        return (*groups, FactGroup(gettext("Also yours"), others)) if others else groups

    def targeting(self) -> tuple[FactGroup, ...]:
        """Return whom the product is meant for, and how it ranks."""
        product = self.product
        audience = (
            self._fact(gettext("Segments"), self._segment_names(product.target_segments), "target_segments"),
            *self._if_set(gettext("Not for"), self._segment_names(product.exclude_segments), "exclude_segments"),
            self._fact(gettext("Customer value"), self._value_range(), "min_customer_value", "max_customer_value"),
            self._naming(gettext("Relations"), self.named.relations, "relations"),
            self._fact(
                gettext("Rule"),
                rule_text(rule, self.segments) if (rule := product.eligibility_rule) else "",
                "eligibility_rule",
            ),
            *self._if_set(gettext("Per customer"), _count(product.max_per_customer), "max_per_customer"),
            *self._if_set(gettext("Cool-down"), _days(product.cooldown_days), "cooldown_days"),
        )
        ranking = (
            *self._if_set(gettext("Business value"), _amount(product.business_value), "business_value"),
            *self._if_set(gettext("Lever"), _percent(product.lever_weight), "lever_weight"),
            *self._if_set(gettext("Points price"), _count(product.points_price), "points_price"),
        )
        groups = FactGroup(gettext("Targeting"), audience), FactGroup(gettext("Ranking"), ranking)
        return tuple(group for group in groups if group.facts)

    def _description(self) -> FactGroup:
        product = self.product
        facts = (
            self._fact(gettext("Name"), product.name, "name"),
            self._fact(gettext("Short name"), product.short_name or "", "short_name"),
            self._fact(gettext("Type"), term(product.product_type), "product_type"),
            self._fact(gettext("Category"), product.category or "", "category"),
            self._fact(gettext("For customers"), self._payment_mode(), "payment_mode"),
            *self._if_set(gettext("Description"), product.description or "", "description"),
        )
        return FactGroup(gettext("Description"), facts)

    def _price(self) -> FactGroup:
        product = self.product
        cycle = term(product.billing_cycle) + (gettext(", recurring") if product.recurring else "")
        price = "" if product.price is None else money(product.price, product.currency)
        facts = (
            self._fact(gettext("Price"), price, "price"),
            self._fact(gettext("Currency"), product.currency or "", "currency"),
            self._fact(gettext("Billing cycle"), cycle, "billing_cycle", "recurring"),
            self._fact(gettext("Tax"), self._tax(), "tax_included", "tax_rate"),
        )
        return FactGroup(gettext("Price"), facts)

    def _availability(self) -> FactGroup:
        product = self.product
        channels = terms(product.channels) if product.channels else gettext("Every channel")
        facts = (
            self._fact(gettext("Status"), self._status(), "lifecycle_status", "status_reason"),
            self._fact(gettext("May be bought"), term("true" if product.is_available else "false"), "is_available"),
            self._fact(gettext("Valid"), self._window(), "valid_from", "valid_to"),
            self._fact(gettext("Channels"), channels, "channels"),
            *self._if_set(gettext("Quota"), self._quota(), "quota_total"),
            *self._if_set(gettext("Synced"), term(product.sync_frequency or ""), "sync_frequency"),
        )
        return FactGroup(gettext("Availability"), facts)

    def _inside(self) -> tuple[FactGroup, ...]:
        if not self.named.members:
            return ()
        members = self._naming(gettext("Products inside"), self.named.members, "members")
        return (FactGroup(gettext("Bundle"), (members,)),)

    def line(self, field: str) -> Fact:
        """Return a field that has a tab of its own as one line: who owns it, and what is in conflict."""
        return self._fact(field_label(field) or field, "", field)

    def _naming(self, label: str, named: tuple[Reference, ...], field: str) -> Fact:
        return replace(self._fact(label, reference_words(named), field), references=named)

    def _fact(self, label: str, text: str, *fields: str) -> Fact:
        return Fact(label, fields, text, self.owners.of(*fields), self.owners.conflicts(*fields))

    def _if_set(self, label: str, text: str, *fields: str) -> tuple[Fact, ...]:
        """Return the line where it says something, or where people or a conflict hold it."""
        held = any(field in self.product.field_locks for field in fields)
        return (self._fact(label, text, *fields),) if text or held else ()

    def _other(self, field: str) -> Fact:
        value, currency = as_json(getattr(self.product, field)), self.product.currency
        if field in ("features", "attributes") and value:
            text = ", ".join(f"{field_label(f'{field}.{key}')} {said(f'{field}.{key}', value[key])}" for key in value)
        else:
            text = said(field, value, currency)
        return self._fact(field_label(field) or field, text, field)

    def _status(self) -> str:
        status, reason = term(self.product.lifecycle_status), self.product.status_reason
        return str(gettext("%(status)s: %(reason)s", status=status, reason=reason)) if reason else status

    def _payment_mode(self) -> str:
        mode = self.product.payment_mode
        return str(gettext("Prepaid and postpaid")) if mode == "any" else term(mode)

    def _tax(self) -> str:
        product = self.product
        words = gettext("Included") if product.tax_included else gettext("On top")
        return words if product.tax_rate is None else f"{words}, {number(product.tax_rate)}{_PERCENT}"

    def _window(self) -> str:
        start, end = self.product.valid_from, self.product.valid_to
        if start and end:
            return str(gettext("%(start)s to %(end)s", start=day_and_time(start), end=day_and_time(end)))
        if start:
            return str(gettext("from %(start)s", start=day_and_time(start)))
        return str(gettext("until %(end)s", end=day_and_time(end)) if end else gettext("Always"))

    def _quota(self) -> str:
        total, left = self.product.quota_total, self.product.quota_left
        if total is None:
            return ""
        return str(gettext("%(left)s of %(total)s left", left=number(left or 0), total=number(total)))

    def _segment_names(self, keys: list[str]) -> str:
        return ", ".join(self.segments.get(key, key) for key in keys)

    def _value_range(self) -> str:
        low, high = self.product.min_customer_value, self.product.max_customer_value
        if low is not None and high is not None:
            return str(gettext("%(low)s to %(high)s, both included", low=number(low), high=number(high)))
        if low is not None:
            return str(gettext("%(low)s and above", low=number(low)))
        return str(gettext("up to %(high)s, included", high=number(high))) if high is not None else ""


def window_text(price: Mapping[str, Any]) -> str:
    """Return from when until when one of the further prices holds."""
    start, end = (said("valid_from", price.get(name)) if price.get(name) else "" for name in ("valid_from", "valid_to"))
    if start and end:
        return str(gettext("%(start)s to %(end)s", start=start, end=end))
    if start:
        return str(gettext("from %(start)s", start=start))
    return str(gettext("until %(end)s", end=end) if end else gettext("Always"))


def price_text(price: Mapping[str, Any]) -> str:
    """Return one of the further prices with its cycle."""
    return f"{said('price', price['amount'], price['currency'])} {per_price(price)}"


def _said_if_set(say: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else say(value)


_count = _said_if_set(number)
_amount = _said_if_set(lambda value: number(value, 2))
_percent = _said_if_set(lambda value: f"{number(value)}{_PERCENT}")
_days = _said_if_set(lambda value: gettext("%(num)s days", num=number(value)))
