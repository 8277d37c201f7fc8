"""The form of a product: it turns what people type into what the rules read, and shows their answers beside the field."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput

from catalog_app.core.forms import BaseForm
from catalog_app.core.json_values import as_json
from catalog_app.products import terms
from catalog_app.products.form_fields import MomentField, in_capitals, moment_input
from catalog_app.products.form_rows import (
    FreeRow,
    Meant,
    MemberRow,
    PriceRow,
    RelationRow,
    Row,
    TranslationRow,
    pick,
    rows_of,
)
from catalog_app.products.formatting import reference_text
from catalog_app.products.labels import FEATURE_LABELS
from catalog_app.products.models import Product
from catalog_app.products.rule_rows import RuleFields, rule_data
from catalog_app.products.schema import ProductInput

KNOWN_FEATURES = tuple(feature.key for feature in terms.FEATURES)
LISTS = ("prices", "free_features", "free_attributes", "relations", "members", "translations", "conditions", "groups")
FIRST_STATES = ("in_design", "in_test", "launched")
PLAIN = (
    "name", "short_name", "description", "product_type", "payment_mode", "category", "price", "currency", "recurring",
    "billing_cycle", "tax_included", "tax_rate", "is_available", "valid_from", "valid_to", "target_segments",
    "exclude_segments", "min_customer_value", "max_customer_value", "channels", "business_value", "lever_weight",
    "points_price", "quota_total", "max_per_customer", "cooldown_days", "sync_frequency",
)  # fmt: skip
TICKED = ("target_segments", "exclude_segments", "channels")
_SHOWN_AT = {"eligibility_rule": "rule_match", "features": "free_features", "attributes": "free_attributes"}
FEATURE_FIELD = "feature_"
_AS_SYSTEM = lazy_gettext("As its system")


class ProductForm(RuleFields, BaseForm):
    """Every field that people may write. Rules are not here: `checked` asks ProductInput."""

    version = HiddenField()
    # Buttons that change rows and save nothing: they send the name of a list, or of a list and a place in it.
    add_row = StringField()
    remove_row = StringField()
    look_up = StringField()
    fresh = ""
    """The row that was just added, or the list that a row was just removed from: that is where a person goes on."""

    external_system = SelectField(lazy_gettext("System"), validate_choice=False)
    external_product_id = StringField(lazy_gettext("External id"))
    lifecycle_status = SelectField(lazy_gettext("Status"), choices=pick(FIRST_STATES), validate_choice=False)

    name = StringField(lazy_gettext("Name"))
    short_name = StringField(lazy_gettext("Short name"), description=lazy_gettext("For SMS: at most 40 characters."))
    description = TextAreaField(lazy_gettext("Description"))
    product_type = SelectField(lazy_gettext("Type"), choices=pick(terms.PRODUCT_TYPES), validate_choice=False)
    payment_mode = SelectField(lazy_gettext("For customers"), choices=pick(terms.PAYMENT_MODES), validate_choice=False)
    category = StringField(lazy_gettext("Category"), description=lazy_gettext("A slash separates levels."))

    price = StringField(lazy_gettext("Price"))
    currency = StringField(lazy_gettext("Currency"), filters=(in_capitals,))
    recurring = BooleanField(lazy_gettext("Recurring"))
    billing_cycle = SelectField(
        lazy_gettext("Billing cycle"), choices=pick(terms.BILLING_CYCLES), default="one_time", validate_choice=False
    )
    tax_included = BooleanField(lazy_gettext("Tax included"))
    tax_rate = StringField(lazy_gettext("Tax rate"))
    prices = FieldList(FormField(PriceRow), lazy_gettext("Further prices"))

    free_features = FieldList(FormField(FreeRow), lazy_gettext("Further features"))
    free_attributes = FieldList(FormField(FreeRow), lazy_gettext("Attributes"))
    relations = FieldList(FormField(RelationRow), lazy_gettext("Relations"))
    members = FieldList(FormField(MemberRow), lazy_gettext("Products inside"))
    translations = FieldList(FormField(TranslationRow), lazy_gettext("Translations"))

    is_available = BooleanField(lazy_gettext("May be bought"))
    valid_from = MomentField(lazy_gettext("From (UTC)"))
    valid_to = MomentField(lazy_gettext("Until (UTC)"))
    channels = SelectMultipleField(
        lazy_gettext("Channels"),
        choices=pick(terms.CHANNELS),
        option_widget=CheckboxInput(),
        validate_choice=False,
        description=lazy_gettext("None ticked means every channel."),
    )

    target_segments = SelectMultipleField(
        lazy_gettext("For segments"),
        option_widget=CheckboxInput(),
        validate_choice=False,
        description=lazy_gettext("None ticked means everyone."),
    )
    exclude_segments = SelectMultipleField(
        lazy_gettext("Not for segments"), option_widget=CheckboxInput(), validate_choice=False
    )
    min_customer_value = StringField(lazy_gettext("Customer value from"))
    max_customer_value = StringField(lazy_gettext("Customer value to"), description=lazy_gettext("Both included."))
    business_value = StringField(lazy_gettext("Business value"))
    lever_weight = StringField(lazy_gettext("Lever"))
    points_price = StringField(lazy_gettext("Points price"))
    quota_total = StringField(lazy_gettext("Quota"))
    max_per_customer = StringField(lazy_gettext("Per customer"))
    cooldown_days = StringField(lazy_gettext("Cool-down"))
    # Asked beside the values, and no value of the product: whether what is changed here stays its source's.
    follow_source = BooleanField(lazy_gettext("Keep following the source"))
    sync_frequency = SelectField(
        lazy_gettext("Synced"), choices=pick(terms.SYNC_FREQUENCIES, blank=_AS_SYSTEM), validate_choice=False
    )

    def checked(self, product: Product | None = None, *, theirs: Collection[str] = ()) -> ProductInput:
        """Return what was typed, checked; raise RuleError otherwise.

        What the form does not ask is kept from `product`, and so are the fields named in `theirs`.
        """
        return ProductInput.check(self.values(product, theirs=theirs))

    def values(self, product: Product | None = None, *, theirs: Collection[str] = ()) -> dict[str, Any]:
        """Return what was typed, by the names of the rules; what is blank is absent."""
        typed = {name: self[name].data for name in PLAIN} | self._structures(product)
        typed |= self._beside(product)
        if product is not None:
            typed |= {name: _in_kept_order(getattr(product, name), typed[name] or []) for name in TICKED}
            typed |= {name: getattr(product, name) for name in (*theirs, *self._untouched_moments(product))}
        return {name: value for name, value in typed.items() if value is not None and value != ""}

    def identity(self) -> dict[str, Any]:
        """Return how the source knows a new product."""
        return {
            "external_system": self.external_system.data or terms.MANUAL,
            "external_product_id": (self.external_product_id.data or "").strip() or None,
        }

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside the field that was typed in, also inside rows."""
        left = {name: message for name, message in errors.items() if not self._put_inside(name, message)}
        super().put_errors({_SHOWN_AT.get(name, name): message for name, message in left.items()})

    def change_rows(self) -> bool:
        """Add or remove the row that a button asks for, and return whether one did: then nothing is saved yet."""
        added, removed = self.add_row.data, self.remove_row.data
        if self.look_up.data == "rows":
            self.unfold()
        if (wanted := self._list_named(added or "")) is not None:
            self.fresh = wanted.append_entry().name
            if added == "groups":
                wanted[-1].form.conditions.append_entry()
        name, _, index = (removed or "").rpartition("-")
        shorter = self._list_named(name)
        if shorter is not None and index.isdecimal() and int(index) < len(shorter):
            shorter.pop_entry(int(index))
            self.fresh = name
        return bool(added or removed or self.look_up.data)

    def settle_references(self, find: Callable[[str], Meant], product: Product | None) -> bool:
        """Let every row that names a product name it by id; return whether each does. What was named before may stay."""
        before = [] if product is None else [*product.relations, *product.members]
        kept = {reference_text(entry["product"]) for entry in before}
        rows = [row for name in ("relations", "members") for row in rows_of(self[name])]
        for row in rows:
            row.settle(find, kept)
        return not any(row.product.errors for row in rows)

    def _list_named(self, path: str) -> Any:
        """Return the list of rows of this name, also that of a group: "groups-1-conditions"; None for any other name."""
        name, _, inside = path.partition("-")
        index, _, last = inside.partition("-")
        if name not in LISTS or (inside and (name, last) != ("groups", "conditions")):
            return None
        if not inside:
            return self[name]
        return self[name][int(index)].form.conditions if index.isdecimal() and int(index) < len(self[name]) else None

    def _structures(self, product: Product | None) -> dict[str, Any]:
        known = {key: self[FEATURE_FIELD + key].data for key in KNOWN_FEATURES}
        features = {key: text.strip() for key, text in known.items() if (text or "").strip()}
        return {
            "prices": [row.as_value() for row in rows_of(self.prices)],
            "features": features | dict(row.as_pair() for row in rows_of(self.free_features)),
            "attributes": dict(row.as_pair() for row in rows_of(self.free_attributes)),
            "relations": [row.as_value() for row in rows_of(self.relations)],
            "members": [row.as_value() for row in rows_of(self.members)],
            "translations": dict(row.as_pair() for row in rows_of(self.translations)),
            "eligibility_rule": self.rule(product.eligibility_rule if product else None),
        }

    def _beside(self, product: Product | None) -> dict[str, Any]:
        if product is None:
            return {"lifecycle_status": self.lifecycle_status.data}
        return {"lifecycle_status": product.lifecycle_status, "status_reason": product.status_reason}

    def _untouched_moments(self, product: Product) -> list[str]:
        """Return the moments that were not edited: the control drops what it cannot show, such as microseconds."""
        return [
            name
            for name in ("valid_from", "valid_to")
            if moment_input(getattr(product, name)) == moment_input(self[name].data)
        ]

    def _put_inside(self, name: str, message: str) -> bool:
        root, *path = name.split(".")
        if root == "features" and not path:
            key, _, sentence = message.partition(": ")
            if key in KNOWN_FEATURES:
                self[FEATURE_FIELD + key].errors = [sentence[:1].upper() + sentence[1:]]
                return True
        field = self._fields.get(root)
        if not isinstance(field, FieldList) or not path:
            return False
        row = _row_at(field, path[0])
        if row is None:
            return False
        target = path[1] if len(path) > 1 and path[1] in row else row.telling[0]
        row[target].errors = [message]
        return True


for _key in KNOWN_FEATURES:
    # One line in terms.FEATURES is all that a new feature needs.
    setattr(ProductForm, FEATURE_FIELD + _key, StringField(FEATURE_LABELS.get(_key, _key)))


def form_data(product: Product) -> dict[str, Any]:
    """Return a product as the form shows it before anybody has typed."""
    shown = {name: as_json(getattr(product, name)) for name in PLAIN}
    return {
        **shown,
        "version": product.version,
        "prices": product.prices,
        **{FEATURE_FIELD + key: _listed(product.features.get(key)) for key in KNOWN_FEATURES},
        "free_features": [
            FreeRow.of(key, value) for key, value in product.features.items() if key not in KNOWN_FEATURES
        ],
        "free_attributes": [FreeRow.of(key, value) for key, value in product.attributes.items()],
        "relations": [{**entry, "product": reference_text(entry["product"])} for entry in product.relations],
        "members": [{**entry, "product": reference_text(entry["product"])} for entry in product.members],
        "translations": [{"language": language, **words} for language, words in product.translations.items()],
        **rule_data(product.eligibility_rule),
    }


def _row_at(field: Iterable[Any], place: str) -> Row | None:
    """Return the row that an error names, by its place among those that say something, or by its language."""
    rows: list[Row] = rows_of(field)
    if place.isdecimal():
        return rows[int(place)] if int(place) < len(rows) else None
    return next((row for row in rows if isinstance(row, TranslationRow) and row.language.data == place), None)


def _in_kept_order(kept: Sequence[str], ticked: Collection[str]) -> list[str]:
    """Return what is ticked with what was there before first and as it stood: boxes have an order of their own."""
    return [*(value for value in kept if value in ticked), *(value for value in ticked if value not in kept)]


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
