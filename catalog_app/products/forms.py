"""The form of a product: it turns what people type into what the rules read, and shows their answers beside the field."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput

from catalog_app.core.errors import RuleError
from catalog_app.core.forms import BaseForm
from catalog_app.core.json_values import as_json
from catalog_app.products import terms
from catalog_app.products.form_fields import MomentField, moment_input
from catalog_app.products.form_rows import (
    ConditionRow,
    FreeRow,
    MemberRow,
    PriceRow,
    RelationRow,
    Row,
    TranslationRow,
    pick,
)
from catalog_app.products.formatting import feature_label
from catalog_app.products.models import Product
from catalog_app.products.rule_words import flat_rule
from catalog_app.products.schema import FIELDS, ProductInput
from catalog_app.products.sheet import reference_text

KNOWN_FEATURES = tuple(feature.key for feature in terms.FEATURES)
LISTS = ("prices", "free_features", "free_attributes", "relations", "members", "translations", "conditions")
FIRST_STATES = ("in_design", "in_test", "launched")
PLAIN = (
    "name", "short_name", "description", "product_type", "payment_mode", "category", "price", "currency", "recurring",
    "billing_cycle", "tax_included", "tax_rate", "is_available", "valid_from", "valid_to", "target_segments",
    "exclude_segments", "min_customer_value", "max_customer_value", "channels", "business_value", "lever_weight",
    "points_price", "quota_total", "max_per_customer", "cooldown_days", "sync_frequency",
)  # fmt: skip
_SHOWN_AT = {"eligibility_rule": "rule_match", "features": "free_features", "attributes": "free_attributes"}
_MOMENTS = ("valid_from", "valid_to")
_AS_SYSTEM = lazy_gettext("As its system")


def _feature_field(key: str) -> StringField:
    return StringField(lambda: feature_label(key))


class ProductForm(BaseForm):
    """Every field that people may write. Rules are not here: `checked` asks ProductInput."""

    version = HiddenField()

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
    currency = StringField(lazy_gettext("Currency"))
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
    rule_match = RadioField(
        lazy_gettext("Rule"),
        choices=lambda: {"all": str(_ALL_HOLD), "any": str(_ANY_HOLDS), "not": str(_NONE_HOLDS)},
        default="all",
        validate_choice=False,
    )
    conditions = FieldList(FormField(ConditionRow), lazy_gettext("Conditions"))
    rule_json = TextAreaField(lazy_gettext("Rule as JSON"))

    business_value = StringField(lazy_gettext("Business value"))
    lever_weight = StringField(lazy_gettext("Lever"))
    points_price = StringField(lazy_gettext("Points price"))
    quota_total = StringField(lazy_gettext("Quota"))
    max_per_customer = StringField(lazy_gettext("Per customer"))
    cooldown_days = StringField(lazy_gettext("Cool-down"))
    sync_frequency = SelectField(
        lazy_gettext("Synced"), choices=pick(terms.SYNC_FREQUENCIES, blank=_AS_SYSTEM), validate_choice=False
    )

    data_mb = _feature_field("data_mb")
    voice_minutes = _feature_field("voice_minutes")
    sms_count = _feature_field("sms_count")
    validity_days = _feature_field("validity_days")
    speed_mbps = _feature_field("speed_mbps")
    roaming_zones = _feature_field("roaming_zones")
    commitment_months = _feature_field("commitment_months")
