"""The form of a campaign: it turns what people type into what the rules read, and shows their answers beside the field."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
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
from wtforms.widgets import CheckboxInput, TimeInput

from catalog_app.campaigns.forms_messages import TypedMessages
from catalog_app.campaigns.forms_words import POLICIES, SENDERS
from catalog_app.campaigns.models import HOLD, Campaign
from catalog_app.core.babel import in_words
from catalog_app.core.forms import BaseForm
from catalog_app.core.json_values import as_json
from catalog_app.products.form_fields import MomentField, in_capitals, moment_input
from catalog_app.products.form_rows import Meant, ReferenceRow, reference_from, rows_of
from catalog_app.products.labels import term
from catalog_app.products.rule_rows import RuleFields, rule_data

CONFIG: Final = ("price", "currency", "discount_percent", "bonus", "headline", "valid_to", "terms")
AUDIENCE: Final = ("segments", "exclude_segments", "min_customer_value", "max_customer_value")
PLAIN: Final = (
    "name", "description", "owner", "trigger_event", "starts_at", "ends_at", "fallback_language", "sender", "quiet_from",
    "quiet_to", "on_withdrawal", "limit_per_customer", "limit_total", "cooldown_days", "decline_days",
    "control_group_percent",
)  # fmt: skip
ANY_TIME: Final = ("name", "description", "owner")
"""What may be changed whatever the state of the campaign is."""
MOMENTS: Final = ("starts_at", "ends_at")
SENDER_CONFIG: Final[Mapping[str, Mapping[str, str]]] = {
    "webhook": {"url": "webhook_url"},
    "smtp": {"reply_to": "reply_to", "unsubscribe": "unsubscribe"},
}
"""What each sender needs to know, by the field of the form that asks for it."""
DRAWS: Final = (
    "add_row", "remove_row", "look_up", "add_channel", "remove_channel", "add_language", "remove_language", "replace",
)  # fmt: skip
"""The buttons that draw the form anew, and save nothing."""
_SHOWN_AT: Final = {"rule": "rule_match", "sender_config": "sender"}


class CampaignForm(RuleFields, BaseForm):
    """Every field that people may write, beside the words (`messages`). Rules are not here: the service asks them."""

    version = HiddenField()
    add_row = StringField()
    remove_row = StringField()
    look_up = StringField()
    fresh = ""
    """The row that was just added, or the list that a row was just removed from: that is where a person goes on."""

    name = StringField(lazy_gettext("Name"))
    description = TextAreaField(lazy_gettext("Description"))
    owner = SelectField(lazy_gettext("Owner"), choices=[], validate_choice=False)

    use_nbo = BooleanField(lazy_gettext("Let the model choose per customer"))
    offered = FormField(ReferenceRow, lazy_gettext("Product"))
    candidates = FieldList(FormField(ReferenceRow), lazy_gettext("Candidates"))
    price = StringField(lazy_gettext("Price"))
    currency = StringField(lazy_gettext("Currency"), filters=(in_capitals,))
    discount_percent = StringField(lazy_gettext("Discount"))
    bonus = StringField(lazy_gettext("Bonus"))
    headline = StringField(lazy_gettext("Headline"))
    valid_to = MomentField(lazy_gettext("Offer ends (UTC)"))
    terms = TextAreaField(lazy_gettext("Terms"))
    on_withdrawal = SelectField(
        lazy_gettext("If it is withdrawn"),
        choices=lambda: {policy: str(words) for policy, words in POLICIES.items()},
        default=HOLD,
        validate_choice=False,
    )

    segments = SelectMultipleField(
        lazy_gettext("Segments"), choices=[], option_widget=CheckboxInput(), validate_choice=False
    )
    exclude_segments = SelectMultipleField(
        lazy_gettext("Not for segments"), choices=[], option_widget=CheckboxInput(), validate_choice=False
    )
    min_customer_value = StringField(lazy_gettext("Customer value from"))
    max_customer_value = StringField(lazy_gettext("Customer value to"))
    control_group_percent = StringField(lazy_gettext("Held out"))
    limit_per_customer = StringField(lazy_gettext("Per customer"))
    limit_total = StringField(lazy_gettext("In total"))
    cooldown_days = StringField(lazy_gettext("After a contact"))
    decline_days = StringField(lazy_gettext("After a decline"))

    trigger_event = StringField(lazy_gettext("When this happens"))
    starts_at = MomentField(lazy_gettext("Starts (UTC)"))
    ends_at = MomentField(lazy_gettext("Ends (UTC)"))
    quiet_from = StringField(lazy_gettext("Quiet from"), widget=TimeInput())
    quiet_to = StringField(lazy_gettext("Quiet until"), widget=TimeInput())
    sender = SelectField(
        lazy_gettext("Handed over by"),
        choices=lambda: {name: str(words) for name, words in SENDERS.items()},
        default="outbox",
        validate_choice=False,
    )
    webhook_url = StringField(lazy_gettext("Address of the webhook"))
    reply_to = StringField(lazy_gettext("Answers go to"))
    unsubscribe = StringField(lazy_gettext("To unsubscribe"))
    fallback_language = SelectField(lazy_gettext("Everybody else gets"), choices=[], validate_choice=False)

    messages: TypedMessages
    """What is said, for each channel and language; set by whoever makes the form."""

    @classmethod
    def typed(cls) -> "CampaignForm":
        """Return the form as this request sends it."""
        form = cls()
        form.messages = TypedMessages.typed(MultiDict(request.form))
        if unknown := form.messages.unknown_language:
            form.form_errors.append(gettext("%(text)s is no language: use a code such as fr or fr-CA.", text=unknown))
        return form

    @classmethod
    def showing(cls, data: Mapping[str, Any], messages: TypedMessages) -> "CampaignForm":
        """Return the form before anybody has typed."""
        form = cls(formdata=None, data=dict(data))
        form.messages = messages
        return form

    def values(self, campaign: Campaign | None = None) -> dict[str, Any]:
        """Return what was typed, by the names of the rules; what is blank is absent."""
        typed = {name: self[name].data for name in PLAIN}
        if campaign is not None:
            typed |= {name: getattr(campaign, name) for name in MOMENTS if self._is_untouched(campaign, name)}
        typed |= self._offer() | {
            "product_config": self._config(campaign),
            "audience": self._audience(campaign),
            "sender_config": self._sender_config(),
            "channels": list(self.messages.channels),
            "messages": self.messages.value(),
        }
        return {name: value for name, value in typed.items() if value is not None and value != ""}

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside the field that was typed in."""
        super().put_errors({name: text for path, text in errors.items() if (name := self._shown_at(path, text))})

    def is_drawn_anew(self) -> bool:
        """Return whether a button asked for the form as it stands, with a row more or less, and nothing is saved yet."""
        return any(request.form.get(name) for name in DRAWS)

    def change_rows(self) -> None:
        """Add or remove the row that a button asks for."""
        if self.look_up.data == "rows":
            self.unfold()
        if (wanted := self._rows_named(self.add_row.data or "")) is not None:
            self.fresh = wanted.append_entry().name
            if self.add_row.data == "groups":
                wanted[-1].form.conditions.append_entry()
        name, _, index = (self.remove_row.data or "").rpartition("-")
        shorter = self._rows_named(name)
        if shorter is not None and index.isdecimal() and int(index) < len(shorter):
            shorter.pop_entry(int(index))
            self.fresh = name

    def settle_products(self, find: Callable[[str], Meant]) -> bool:
        """Let every row that names a product name it by id; return whether each does."""
        rows = [] if self.offered.form.is_blank() else [self.offered.form]
        rows += rows_of(self.candidates)
        for row in rows:
            row.settle(find, ())
        return not any(row.product.errors for row in rows)

    def opened_version(self) -> int | None:
        """Return the version that was opened; None where the form does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    def product_id(self) -> int | None:
        """Return the number of the product that is named, None where none is."""
        named = reference_from(self.offered.form.product.data or "")
        return named if isinstance(named, int) else None

    def lock(self, *, but: tuple[str, ...] = ()) -> None:
        """Show every field, and let nobody write in any other than these."""
        for field in (*self, *self.offered.form, *(one for row in self.candidates for one in row.form)):
            if field.name not in (*but, "csrf_token", "version"):
                field.render_kw = {**(field.render_kw or {}), "disabled": True}

    def _offer(self) -> dict[str, Any]:
        if self.use_nbo.data:
            numbers = [reference_from(row.product.data or "") for row in rows_of(self.candidates)]
            return {"use_nbo": True, "candidates": numbers}
        return {"use_nbo": False, "product_id": self.product_id()}

    def _config(self, campaign: Campaign | None) -> dict[str, Any]:
        kept = campaign.product_config if campaign is not None else {}
        said = {name: self[name].data for name in CONFIG if str(self[name].data or "").strip()}
        if "price" not in said:
            said.pop("currency", None)
        if moment_input(kept.get("valid_to")) == moment_input(said.get("valid_to")) and "valid_to" in kept:
            said["valid_to"] = kept["valid_to"]
        return said

    def _sender_config(self) -> dict[str, Any]:
        asked = SENDER_CONFIG.get(self.sender.data or "", {})
        said = {name: (self[field].data or "").strip() for name, field in asked.items()}
        return {name: text for name, text in said.items() if text}

    def follow_product(self, shown: str) -> bool:
        """Return whether another product is named than the one that was shown; a price is then in its currency."""
        is_other = str(self.product_id() or "") != shown
        if is_other:
            self.currency.data = ""
        return is_other

    def _audience(self, campaign: Campaign | None) -> dict[str, Any]:
        said = {name: self[name].data for name in AUDIENCE}
        rule = self.rule(campaign.audience.get("rule") if campaign is not None else None)
        return {name: value for name, value in {**said, "rule": rule}.items() if value not in (None, "", [])}

    def _is_untouched(self, campaign: Campaign, name: str) -> bool:
        """Return whether a moment was not edited: the control drops what it cannot show, such as seconds."""
        return moment_input(getattr(campaign, name)) == moment_input(self[name].data)

    def _shown_at(self, path: str, text: str) -> str | None:
        """Return under which name an error is shown in the form; None where it is shown already."""
        root, _, inside = path.partition(".")
        if root == "product_id":
            self.offered.form.product.errors = [in_words(text)]
            return None
        if root == "candidates" and inside[:1].isdecimal() and int(inside.partition(".")[0]) < len(self.candidates):
            self.candidates[int(inside.partition(".")[0])].form.product.errors = [in_words(text)]
            return None
        if root == "messages" and inside:
            self.messages.faults[inside] = in_words(text)
            self.form_errors.append(f"{term(inside.partition('.')[0])}: {in_words(text)}")
            return None
        if root == "sender_config" and inside:
            return SENDER_CONFIG.get(self.sender.data or "", {}).get(inside, "sender")
        name = inside.partition(".")[0] if root in {"product_config", "audience"} and inside else root
        return _SHOWN_AT.get(name, name)

    def _rows_named(self, path: str) -> Any:
        """Return the list of rows of this name, also that of a group: "groups-1-conditions"; None for any other name."""
        name, _, inside = path.partition("-")
        index, _, last = inside.partition("-")
        if name not in {"candidates", "conditions", "groups"} or (inside and (name, last) != ("groups", "conditions")):
            return None
        if not inside:
            return self[name]
        return self[name][int(index)].form.conditions if index.isdecimal() and int(index) < len(self[name]) else None


def form_data(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as the form shows it before anybody has typed."""
    config, audience = campaign.product_config, campaign.audience
    shown = {name: as_json(getattr(campaign, name)) for name in PLAIN}
    return {
        **shown,
        "control_group_percent": _plain(shown["control_group_percent"]),
        "version": campaign.version,
        "use_nbo": campaign.use_nbo,
        "offered": {"product": f"#{campaign.product_id}" if campaign.product_id else ""},
        "candidates": [{"product": f"#{number}"} for number in campaign.candidates],
        **{name: config.get(name) for name in CONFIG},
        "discount_percent": _plain(config.get("discount_percent") or ""),
        **{
            field: campaign.sender_config.get(name) for asked in SENDER_CONFIG.values() for name, field in asked.items()
        },
        **{name: audience.get(name) for name in AUDIENCE},
        **{name: _plain(audience[name]) for name in ("min_customer_value", "max_customer_value") if name in audience},
        **rule_data(audience.get("rule")),
    }


def typed_messages(campaign: Campaign) -> TypedMessages:
    """Return what a campaign says as its form holds it."""
    return TypedMessages.of(campaign.messages, campaign.channels, campaign.fallback_language)


def _plain(number: str) -> str:
    """Return a number without the decimals that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def said_before_typing() -> str:
    """Return how a campaign is called that has no name yet."""
    return str(gettext("New campaign"))
