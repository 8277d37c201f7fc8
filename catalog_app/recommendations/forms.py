"""The form of the settings: text in, the rules of schema.py behind it."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget, TimeInput

from catalog_app.core.babel import in_words
from catalog_app.core.forms import BaseForm
from catalog_app.core.moments import figure
from catalog_app.products.form_rows import Row, reference_from, rows_of
from catalog_app.products.labels import term
from catalog_app.products.terms import PRODUCT_TYPES
from catalog_app.recommendations.models import NboSettings
from catalog_app.recommendations.schema import LARGEST_SHARE, MAX_CONTEXTS, MAX_WEIGHTS, NboSettingsInput
from catalog_app.recommendations.settings import document

CATEGORY: Final = "category"
PRODUCT: Final = "product_id"
SWITCHES: Final = ("use_propensity", "use_context", "use_value", "use_levers", "train_nightly", "promote")
PLAIN: Final = ("attribution_days", "decline_days", "window_days", "train_at", "stale_days")
SHARES: Final = ("uniform", "silent", "epsilon")
EXPLORED: Final = (*SHARES, "temperature")
_HUNDRED: Final = 100


def _kinds() -> dict[str, str]:
    types = {kind: term(kind) for kind in PRODUCT_TYPES}
    return {**types, CATEGORY: gettext("A category"), PRODUCT: gettext("A product")}


class WeightRow(Row):
    """How much more, or less, offers of one kind count."""

    telling = ("named", "weight")

    kind = SelectField(lazy_gettext("Offers of"), choices=_kinds)
    named = StringField(lazy_gettext("Which one"))
    weight = StringField(lazy_gettext("Weight"))

    @staticmethod
    def of(weight: Mapping[str, Any]) -> dict[str, str]:
        """Return the row that says a weight."""
        said = {"weight": figure(weight["weight"])}
        if weight.get(PRODUCT) is not None:
            return {**said, "kind": PRODUCT, "named": f"#{weight[PRODUCT]}"}
        if weight.get(CATEGORY) is not None:
            return {**said, "kind": CATEGORY, "named": weight[CATEGORY]}
        return {**said, "kind": weight["product_type"], "named": ""}

    def as_value(self) -> dict[str, Any]:
        kind, text = self.kind.data or "", (self.named.data or "").strip()
        if kind == PRODUCT:
            return {PRODUCT: reference_from(text) if text else None, "weight": self.weight.data or ""}
        if kind == CATEGORY:
            return {CATEGORY: text, "weight": self.weight.data or ""}
        return {"product_type": kind, "weight": self.weight.data or ""}


class ContextRow(Row):
    """A situation in which customers are met."""

    telling = ("key", "label")

    key = StringField(lazy_gettext("Key"))
    label = StringField(lazy_gettext("Name"))
    weights = FieldList(FormField(WeightRow), lazy_gettext("Weights"), max_entries=MAX_WEIGHTS)

    def as_value(self) -> dict[str, Any]:
        weights = [row.as_value() for row in rows_of(self.weights)]
        return {"key": self.key.data or "", "label": self.label.data or "", "weights": weights}


class SettingsForm(BaseForm):
    """Everything that says how offers are chosen and learned."""

    version = HiddenField()
    # A button that changes the rows and saves nothing: "add", "weight-ROW" or "drop-ROW".
    do = StringField()
    # What was typed before a sign-in comes back with it: the form is drawn again, and nothing is saved yet.
    look_up = StringField()

    use_propensity = BooleanField(lazy_gettext("Propensity"))
    use_context = BooleanField(lazy_gettext("Context"))
    use_value = BooleanField(lazy_gettext("Value"))
    use_levers = BooleanField(lazy_gettext("Levers"))

    on = BooleanField(lazy_gettext("Try offers out"))
    uniform = StringField(lazy_gettext("By chance"))
    silent = StringField(lazy_gettext("No offer"))
    epsilon = StringField(lazy_gettext("Chance among the rest"))
    temperature = StringField(lazy_gettext("Temperature"))

    contexts = FieldList(FormField(ContextRow), lazy_gettext("Contexts"), max_entries=MAX_CONTEXTS)
    repeatable_types = SelectMultipleField(
        lazy_gettext("Offered again to those who have them"),
        choices=lambda: {kind: term(kind) for kind in PRODUCT_TYPES},
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    attribution_days = StringField(lazy_gettext("An answer counts for"))
    decline_days = StringField(lazy_gettext("After a decline, not again for"))

    window_days = StringField(lazy_gettext("Learn from the last"))
    train_nightly = BooleanField(lazy_gettext("Train every night"))
    train_at = StringField(lazy_gettext("At (UTC)"), widget=TimeInput())
    promote = BooleanField(lazy_gettext("A model that holds serves at once"))
    stale_days = StringField(lazy_gettext("A model is old after"))

    fresh = ""
    """The row that was just added, where the cursor goes."""

    @classmethod
    def of(cls, row: NboSettings) -> "SettingsForm":
        """Return the form as it stands before anybody typed."""
        told = document(row)
        exploration = told["exploration"]
        return cls(
            formdata=None,
            version=str(row.version),
            on=exploration["on"],
            temperature=figure(exploration["temperature"]),
            contexts=[
                {**one, "weights": [WeightRow.of(weight) for weight in one["weights"]]} for one in told["contexts"]
            ],
            repeatable_types=told["repeatable_types"],
            **{name: figure(round(exploration[name] * _HUNDRED, 4)) for name in SHARES},
            **{name: told[name] for name in SWITCHES},
            **{name: str(told[name]) for name in PLAIN},
        )

    def change_rows(self) -> bool:
        """Add or drop the row that a button asks for; return whether the form is only drawn again, and nothing saved."""
        verb, _, name = (self.do.data or "").partition("-")
        if verb == "add":
            self.fresh = self.contexts.append_entry({}).name
        elif verb in ("weight", "drop"):
            for entry in self.contexts:
                weights = entry.form.weights
                if verb == "weight" and entry.name == name:
                    self.fresh = weights.append_entry({"weight": ""}).name
                weights.entries = [weight for weight in weights.entries if verb != "drop" or weight.name != name]
            if verb == "drop":
                self.contexts.entries = [entry for entry in self.contexts.entries if entry.name != name]
        return verb in ("add", "weight", "drop") or bool(self.look_up.data)

    def checked(self) -> NboSettingsInput:
        """Return what was typed, checked; raises RuleError."""
        exploration = {"on": self.on.data, **{name: _share(self[name].data) for name in SHARES}}
        return NboSettingsInput.check(
            {
                **{name: self[name].data for name in (*SWITCHES, *PLAIN, "repeatable_types")},
                "exploration": {**exploration, "temperature": self.temperature.data},
                "contexts": [row.as_value() for row in rows_of(self.contexts)],
            },
            is_form=True,
        )

    def opened_version(self) -> int | None:
        """Return the version that the person was looking at; None where the form does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside the field that was typed in, also inside rows."""
        for name, message in errors.items():
            target = self._target(name.split("."))
            if target is None:
                super().put_errors({name: message})
                continue
            is_share = name.removeprefix("exploration.") in SHARES
            target.errors = [_largest() if is_share else in_words(message)]

    def put_newer(self, row: NboSettings, reason: str) -> None:
        """Keep what was typed; the next save puts this in the place of what stands."""
        self.put_errors({"form": gettext("%(reason)s Save again to put yours in its place.", reason=in_words(reason))})
        self.version.data = str(row.version)

    def _target(self, path: list[str]) -> Any:
        """Return the field that an error is about; the lists around it have an error, too, for the summary above."""
        if path[0] == "exploration" and len(path) > 1 and path[1] in EXPLORED:
            return self[path[1]]
        if path[0] != "contexts" or len(path) < 3:  # noqa: PLR2004  # list, row and field
            return None
        row = _at(rows_of(self.contexts), path[1])
        if row is not None:
            self.contexts.errors = [*self.contexts.errors, {}]
        if row is None or path[2] != "weights":
            return row[path[2]] if row is not None and path[2] in row else None
        weight = _at(rows_of(row.weights), path[3]) if len(path) > 3 else None  # noqa: PLR2004
        if weight is None:
            return row.key
        field = path[4] if len(path) > 4 else "named"  # noqa: PLR2004
        return weight[field if field in weight else "named"]


def _at(rows: list[Any], index: str) -> Any:
    return rows[int(index)] if index.isdecimal() and int(index) < len(rows) else None


def _share(text: str | None) -> Any:
    """Return a share that was typed in percent; what is no number is left for the rules to refuse."""
    try:
        return float(Decimal((text or "").strip()) / _HUNDRED)
    except (InvalidOperation, OverflowError):
        return text or ""


def _largest() -> str:
    return str(gettext("Use a share from 0 to %(most)s %%.", most=figure(round(LARGEST_SHARE * _HUNDRED))))
