"""The repeated parts of a system's form: a secret that can be written and not read, and a word of a mapping table."""

from flask_babel import gettext, lazy_gettext
from wtforms import Form, HiddenField, PasswordField, SelectField, StringField

from catalog_app.core.sealing import can_seal
from catalog_app.products.form_rows import Row
from catalog_app.sync.connectors.preset import Preset
from catalog_app.sync.connectors.rules import VOCABULARY
from catalog_app.sync.systems.secrets import SecretFact, SecretInput
from catalog_app.sync.systems.words import our_word

KEEP, TYPED, VARIABLE, FORGET = "keep", "typed", "variable", "forget"


class SecretFields(Form):
    """One secret. What is kept of it is told by its state and never sent to a page."""

    source = SelectField(lazy_gettext("What to do"), default=KEEP, validate_choice=False)
    value = PasswordField(lazy_gettext("New value"))
    variable = StringField(lazy_gettext("Environment variable"))

    def offer(self, fact: SecretFact) -> None:
        """Offer what can be done with a secret that is kept so."""
        is_kept = fact.kind != "unset"
        choices = {KEEP: gettext("Leave as it is") if is_kept else gettext("Not set")}
        if can_seal():
            choices[TYPED] = gettext("Replace") if is_kept else gettext("Enter a value")
        choices[VARIABLE] = gettext("From an environment variable")
        if is_kept:
            choices[FORGET] = gettext("Forget")
        self.source.choices = choices

    def said(self) -> SecretInput | None:
        """Return what was said of the secret, None where it is to stay as it is. A value that was typed was meant."""
        value, variable = self.value.data or "", (self.variable.data or "").strip()
        if self.source.data == FORGET:
            return SecretInput()
        if self.source.data == VARIABLE:
            return SecretInput(variable=variable)
        if self.source.data == TYPED or value:
            return SecretInput(value=value)
        return None

    def put_error(self, message: str) -> None:
        """Show an error beside what it is about."""
        is_left = self.source.data == KEEP and not self.value.data
        target = self.variable if self.source.data == VARIABLE else self.source if is_left else self.value
        target.errors = [message]


class WordRow(Row):
    """A word of the source and what it means here. One that a test offered counts only once its meaning is chosen."""

    telling = ("word", "ours")

    table = HiddenField()
    offered = HiddenField()
    word = StringField(lazy_gettext("Word of the source"))
    ours = SelectField(lazy_gettext("Means here"), validate_choice=False)

    def is_blank(self) -> bool:
        return not self.ours.data if self.offered.data else super().is_blank()

    def offer(self, preset: Preset | None) -> None:
        """Offer the words of ours that this table may lead to."""
        table = self.table.data or ""
        known = VOCABULARY.get(table) or {*(preset.tables.get(table, {}) if preset else {}).values()}
        chosen = {self.ours.data} if self.ours.data else set()
        words = {word: our_word(word) for word in {*known, *chosen}}
        self.ours.choices = {"": gettext("Choose"), **dict(sorted(words.items(), key=lambda item: item[1]))}
