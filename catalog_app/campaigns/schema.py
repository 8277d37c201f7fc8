"""The one rule set of a campaign: the form and the JSON body both go through `CampaignInput`.

Rules are about one campaign alone. What needs its product is in config.py, and what a message needs in pre-flight: a
draft may be unfinished, and is saved as it is.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from catalog_app.campaigns.audience import Audience
from catalog_app.campaigns.config import ProductConfig
from catalog_app.campaigns.messages.parts import PARTS
from catalog_app.campaigns.terms import SenderName, WithdrawalPolicy
from catalog_app.contacts.quiet import checked_hours
from catalog_app.contacts.schema import TimeOfDay
from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.text import clean_json, clean_text
from catalog_app.core.wording import errors_by_field
from catalog_app.products import terms
from catalog_app.products.field_types import (
    MAX_INT,
    BlankIsNone,
    LanguageCode,
    LongText,
    Moment,
    Money,
    Name,
    NoTruth,
    OneLine,
    Said,
    one_each,
)

MAX_TEMPLATE = 20_000
MAX_LANGUAGES = 50
MAX_CANDIDATES = 200
MAX_DAYS = 3650
_EVENT = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_ACTED_ON_ITS_OWN = ("successor", "last_snapshot")


def _event(value: str) -> str:
    if not _EVENT.fullmatch(value):
        raise ValueError(Fault("malformed", "Use small letters, digits and hyphens, such as churn-risk."))
    return value


def _messages(value: object) -> object:
    """Return the templates cleaned, without what is blank: an untouched field of a form says nothing."""
    if not isinstance(value, Mapping):
        return value
    cleaned: dict[str, dict[str, dict[str, str]]] = {}
    for channel, languages in value.items():
        parts = _parts_of(channel)
        for language, texts in _object(languages).items():
            for part, text in _object(texts).items():
                if part not in parts:
                    raise ValueError(Sentence("A message by %(channel)s has no %(part)s.", channel=channel, part=part))
                if not isinstance(text, str):
                    raise ValueError(Sentence("Write this as text."))  # noqa: TRY004  # a person's mistake
                if template := clean_text(text):
                    cleaned.setdefault(channel, {}).setdefault(str(language), {})[part] = template
    return cleaned


def _parts_of(channel: object) -> frozenset[str]:
    if not isinstance(channel, str) or channel not in PARTS:
        raise ValueError(Fault("not_a_choice", "Choose one of: %(values)s.", values=", ".join(PARTS)))
    return frozenset(part.name for part in PARTS[channel])


def _object(value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(Sentence("Write this as an object."))  # noqa: TRY004  # a person's mistake
    return value


Template = Annotated[str, Field(max_length=MAX_TEMPLATE)]
Messages = Annotated[
    dict[
        terms.Channel,
        Annotated[dict[LanguageCode, dict[str, Template]], Field(max_length=MAX_LANGUAGES)],
    ],
    BeforeValidator(_messages),
]
QuietTime = Annotated[TimeOfDay | None, BlankIsNone]
Days = Annotated[int, Field(ge=0, le=MAX_DAYS), NoTruth]
Limit = Annotated[int, Field(ge=1, le=MAX_INT), NoTruth]
ProductId = Annotated[int, Field(ge=1, le=MAX_INT), NoTruth]


class CampaignInput(BaseModel):
    """Everything a person or a client may say of a campaign, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Name, Said]
    description: Annotated[LongText | None, BlankIsNone] = None
    owner: Annotated[Annotated[str, Field(max_length=255), OneLine] | None, BlankIsNone] = None
    trigger_event: Annotated[
        Annotated[str, Field(max_length=60), OneLine, AfterValidator(_event)] | None, BlankIsNone
    ] = None

    product_id: ProductId | None = None
    use_nbo: bool = False
    candidates: Annotated[list[ProductId], Field(max_length=MAX_CANDIDATES), AfterValidator(one_each)] = []
    product_config: ProductConfig = ProductConfig()

    audience: Audience = Audience()
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    channels: Annotated[list[terms.Channel], AfterValidator(one_each)] = []
    messages: Messages = {}
    fallback_language: LanguageCode = "en"
    sender: SenderName = "outbox"
    sender_config: Annotated[dict[str, Any], Field(max_length=20), AfterValidator(clean_json)] = {}

    quiet_from: QuietTime = None
    quiet_to: QuietTime = None
    on_withdrawal: WithdrawalPolicy = "hold"
    limit_per_customer: Limit | None = None
    limit_total: Limit | None = None
    cooldown_days: Days | None = None
    decline_days: Days | None = None
    control_group_percent: Annotated[Money, Field(ge=0, lt=100)] = Decimal(0)

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults = {f"product_config.{field}": fault for field, fault in self.product_config.own_faults().items()}
        faults |= self._faults_of_times()
        faults |= self._faults_of_choice() if self.use_nbo else {}
        if self.candidates and not self.use_nbo:
            faults["candidates"] = Sentence("Candidates belong to a campaign that chooses its product per customer.")
        if faults:
            raise RuleError(faults)
        return self

    def _faults_of_times(self) -> dict[str, str]:
        faults: dict[str, str] = {}
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            faults["ends_at"] = Sentence("The end is not after the start.")
        try:
            checked_hours(self.quiet_from, self.quiet_to)
        except ValueError as fault:
            faults["quiet_from" if self.quiet_from is None else "quiet_to"] = str(fault)
        return faults

    def _faults_of_choice(self) -> dict[str, str]:
        """Return what a campaign cannot say that chooses its product per customer."""
        faults: dict[str, str] = {}
        if self.product_id is not None:
            faults["product_id"] = Sentence("A campaign that chooses per customer has candidates, and no product.")
        if self.on_withdrawal in _ACTED_ON_ITS_OWN:
            faults["on_withdrawal"] = Sentence("Where the product is chosen per customer, hold or stop.")
        if self.product_config.price is not None:
            faults["product_config.price"] = Sentence("One price cannot be that of several products.")
        return faults

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return the values checked, or raise RuleError with a sentence for each field that is wrong."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None

    def values(self) -> dict[str, Any]:
        """Return the fields as the columns of a campaign keep them: JSON fields as JSON, the rest as Python values."""
        kept = {name: getattr(self, name) for name in FIELDS if name not in ("messages", "audience", "product_config")}
        return {
            **kept,
            "messages": {channel: dict(languages) for channel, languages in self.messages.items()},
            "audience": self.audience.kept(),
            "product_config": self.product_config.kept(),
        }


FIELDS: tuple[str, ...] = tuple(CampaignInput.model_fields)
"""What may be written, in a stable order; everything else of a campaign is ours."""

ALWAYS = frozenset({"name", "description", "owner"})
"""What may be said of a campaign whatever its status; the rest is content, and changes in a draft or a paused one."""

JSON_FIELDS = ("candidates", "product_config", "audience", "channels", "messages", "sender_config")
_MOMENTS = frozenset({"starts_at", "ends_at", "deleted_at", "withdrawn_at", "activated_at", "completed_at"})


def stored_value(field: str, shown: Any) -> Any:
    """Return the column's value for a value that history shows; the inverse of core.json_values.as_json."""
    if shown is not None and field in _MOMENTS:
        return datetime.fromisoformat(shown)
    return Decimal(shown) if shown is not None and field == "control_group_percent" else shown
