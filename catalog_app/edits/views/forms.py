"""The forms of the bulk actions: text in, the checks of the actions behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput

from catalog_app.core.forms import BaseForm
from catalog_app.core.moments import figure
from catalog_app.edits.actions.base import BulkAction
from catalog_app.edits.actions.locks import LOCK, RELEASE
from catalog_app.edits.actions.price import LOWER, RAISE
from catalog_app.edits.actions.segments import EXCLUDE, TARGET
from catalog_app.products.form_fields import MomentField
from catalog_app.products.form_rows import pick
from catalog_app.products.labels import FIELD_LABELS
from catalog_app.products.schema import FIELDS
from catalog_app.products.terms import LIFECYCLE_STATUSES


@dataclass(frozen=True)
class Offered:
    """What the forms have to choose from that is data."""

    currencies: Mapping[str, str]
    segments: Mapping[str, str]
    categories: Sequence[str]


class ActionForm(BaseForm):
    """What one action asks. `shown` are its fields in order."""

    shown: ClassVar[Sequence[str]] = ()
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def offer(self, offered: Offered) -> None:
        """Fill in what there is to choose from."""

    def sent(self) -> dict[str, Any]:
        """Return what was chosen, for the action to check."""
        return {name: getattr(self, name).data for name in self.shown}


_AMOUNT = {"inputmode": "decimal", "autocomplete": "off"}


class _PricedForm(ActionForm):
    currency = SelectField(lazy_gettext("Currency"), validate_choice=False)

    def offer(self, offered: Offered) -> None:
        self.currency.choices = dict(offered.currencies)


class SetPriceForm(_PricedForm):
    amount = StringField(lazy_gettext("New price"))
    shown = ("currency", "amount")
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"amount": {**_AMOUNT, "autofocus": True}}


class AddToPriceForm(_PricedForm):
    amount = StringField(
        lazy_gettext("Amount to add"), description=lazy_gettext("A minus in front takes it off the price.")
    )
    shown = ("currency", "amount")
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"amount": {**_AMOUNT, "autofocus": True}}


class ScalePriceForm(ActionForm):
    direction = RadioField(
        lazy_gettext("Direction"),
        choices=lambda: {RAISE: gettext("Raise"), LOWER: gettext("Lower")},
        default=RAISE,
        validate_choice=False,
    )
    percent = StringField(
        lazy_gettext("Percent"),
        description=lazy_gettext("Each price in its own currency, rounded half up to its smallest coin."),
    )
    shown = ("direction", "percent")
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"percent": {**_AMOUNT, "autofocus": True}}


class ReasonForm(ActionForm):
    reason = StringField(
        lazy_gettext("Reason"), description=lazy_gettext("Kept with each product; needed where a retired one is sold again.")
    )  # fmt: skip
    shown: ClassVar[Sequence[str]] = ("reason",)
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"reason": {"maxlength": 255, "autofocus": True}}


class StatusForm(ReasonForm):
    status = SelectField(
        lazy_gettext("Status"),
        choices=pick(LIFECYCLE_STATUSES),
        validate_choice=False,
        description=lazy_gettext("Where the move is not allowed, the product is set aside with the reason."),
    )
    shown = ("status", "reason")
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "reason": {"maxlength": 255},
        "status": {"autofocus": True},
    }


class SegmentsForm(ActionForm):
    side = RadioField(
        lazy_gettext("Which"),
        choices=lambda: {TARGET: gettext("For segments"), EXCLUDE: gettext("Not for segments")},
        default=TARGET,
        validate_choice=False,
    )
    add = SelectMultipleField(lazy_gettext("Add"), option_widget=CheckboxInput(), validate_choice=False)
    remove = SelectMultipleField(lazy_gettext("Remove"), option_widget=CheckboxInput(), validate_choice=False)
    shown = ("side", "add", "remove")

    def offer(self, offered: Offered) -> None:
        self._known = dict(offered.segments)
        self.add.choices = self.remove.choices = self._known

    def sent(self) -> dict[str, Any]:
        known = set(self._known)
        sent = super().sent()
        return {**sent, **{name: [key for key in sent[name] or () if key in known] for name in ("add", "remove")}}


class CategoryForm(ActionForm):
    category = StringField(
        lazy_gettext("Category"), description=lazy_gettext("A slash separates levels. Blank removes the category.")
    )
    shown = ("category",)
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"category": {"list": "categories", "autofocus": True}}


class SwitchForm(ActionForm):
    state = RadioField(
        lazy_gettext("May be bought"),
        choices=lambda: {"on": gettext("Switch on"), "off": gettext("Switch off")},
        default="off",
        validate_choice=False,
    )
    shown = ("state",)


class ValidityForm(ActionForm):
    valid_from = MomentField(lazy_gettext("From (UTC)"), description=lazy_gettext("Blank leaves it as it is."))
    clear_valid_from = BooleanField(lazy_gettext("Remove the start"))
    valid_to = MomentField(lazy_gettext("Until (UTC)"), description=lazy_gettext("Blank leaves it as it is."))
    clear_valid_to = BooleanField(lazy_gettext("Remove the end"))
    shown = ("valid_from", "clear_valid_from", "valid_to", "clear_valid_to")
    attributes: ClassVar[Mapping[str, Mapping[str, Any]]] = {"valid_from": {"step": "any"}, "valid_to": {"step": "any"}}


class OwnerForm(ActionForm):
    owner = RadioField(
        lazy_gettext("Owner"),
        choices=lambda: {LOCK: gettext("Lock: yours"), RELEASE: gettext("Release: follows the source")},
        default=LOCK,
        validate_choice=False,
    )
    fields = SelectMultipleField(
        lazy_gettext("Fields"),
        choices=lambda: {name: str(label) for name, label in FIELD_LABELS.items() if name in FIELDS},
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    shown = ("owner", "fields")


FORMS: Mapping[str, type[ActionForm]] = {
    "price_set": SetPriceForm,
    "price_percent": ScalePriceForm,
    "price_add": AddToPriceForm,
    "suspend": ReasonForm,
    "retire": ReasonForm,
    "status": StatusForm,
    "segments": SegmentsForm,
    "category": CategoryForm,
    "availability": SwitchForm,
    "validity": ValidityForm,
    "locks": OwnerForm,
}


def form_of(action: BulkAction, offered: Offered, *, opened: bool) -> ActionForm:
    """Return the form of an action, filled in as it was sent, unless it is just being opened."""
    form = FORMS[action.name](formdata=None) if opened else FORMS[action.name]()
    form.offer(offered)
    return form


def currency_choices(found: Sequence[tuple[str, int]], base: str) -> dict[str, str]:
    """Return the currencies to choose from, each with how many of the products have it."""
    counted = dict(found) or {base: 0}
    return {
        code: str(gettext("%(currency)s (%(count)s)", currency=code, count=figure(count)))
        for code, count in counted.items()
    }
