"""The form of an external system: text in, the rules of system_schema.py behind it, and its answers beside the field.

Which fields there are depends on the preset and on how the system signs in, so each request has a form made for it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, StringField

from catalog_app.core.babel import in_words
from catalog_app.core.forms import BaseForm
from catalog_app.events.diffs import NOTHING
from catalog_app.products.form_rows import rows_of
from catalog_app.products.labels import term
from catalog_app.products.terms import SYNC_FREQUENCIES
from catalog_app.sync.connectors.auth import AUTH_KINDS, needed_secrets
from catalog_app.sync.connectors.preset import PRESETS, Preset, load_preset
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.form_fields import SecretFields, WordRow
from catalog_app.sync.systems.probe import UnknownWord
from catalog_app.sync.systems.secrets import SECRETS, SecretInput, fact_of
from catalog_app.sync.systems.setup import SystemSetup
from catalog_app.sync.systems.words import AUTH_LABELS, SECRET_LABELS, param_label

CRON: Final = "cron"
PARAM, SECRET = "param_", "secret_"
LIMITS: Final = ("attempts", "page_seconds", "run_seconds", "max_rows", "page_size")
GUARDS: Final = ("max_withdraw_percent", "max_change_percent", "max_reject_percent")
PLAIN: Final = ("label", "preset", "base_url", "auth_kind", "header_prefix", "time_zone")
DEFAULT_PRESET: Final = "tmf620"


def _presets() -> dict[str, str]:
    return {name: load_preset(name).label for name in PRESETS}


def _frequencies() -> dict[str, str]:
    return {**{word: term(word) for word in SYNC_FREQUENCIES}, CRON: gettext("Cron expression")}


class SystemForm(BaseForm):
    """What every system has. `form_for` adds its parameters and its secrets."""

    version = HiddenField()
    # A button that changes the form and saves nothing: "test", "shape", "add-TABLE", or "drop-ROW".
    do = StringField()

    label = StringField(lazy_gettext("Name"))
    preset = SelectField(lazy_gettext("Kind of system"), choices=_presets, validate_choice=False)
    base_url = StringField(lazy_gettext("Address"))
    enabled = BooleanField(lazy_gettext("Switched on"))
    auth_kind = SelectField(lazy_gettext("Signs in by"), validate_choice=False)
    header_prefix = StringField(lazy_gettext("Word before the token"))
    words = FieldList(FormField(WordRow), lazy_gettext("Words"))
    frequency = SelectField(lazy_gettext("Synced"), choices=_frequencies, validate_choice=False)
    cron = StringField(lazy_gettext("Cron expression"))
    time_zone = StringField(lazy_gettext("Time zone"))
    max_withdraw_percent = StringField(lazy_gettext("Withdrawn"))
    max_change_percent = StringField(lazy_gettext("Changed"))
    max_reject_percent = StringField(lazy_gettext("Rejected"))
    attempts = StringField(lazy_gettext("Attempts a page"))
    page_seconds = StringField(lazy_gettext("Time for a page"))
    run_seconds = StringField(lazy_gettext("Time for a run"))
    max_rows = StringField(lazy_gettext("Rows at most"))
    page_size = StringField(lazy_gettext("Rows a page"))

    used_preset: Preset | None = None

    def values(self, setup: SystemSetup | None, system: ExternalSystem | None) -> dict[str, Any]:
        """Return what was typed, by the names of the rules; what the environment says is kept as the row has it."""
        typed: dict[str, Any] = {name: self[name].data for name in PLAIN}
        typed |= {
            "enabled": self.enabled.data,
            "params": {field.short_name.removeprefix(PARAM): _stripped(field.data) for field in self.params},
            "tables": self._tables(),
            "limits": {name: _stripped(self[name].data) for name in LIMITS},
            "guards": {name: _stripped(self[name].data) for name in GUARDS},
            "sync_frequency": _stripped(self.cron.data) if self.frequency.data == CRON else self.frequency.data,
        }
        if setup is not None and system is not None:
            typed |= {name: getattr(system, name) for name in PLAIN if setup.is_fixed(name)}
        return typed

    def said_of_secrets(self, setup: SystemSetup | None) -> dict[str, SecretInput]:
        """Return what was said of each secret that was not left as it is."""
        inputs = {name: part.form.said() for name, part in self.secrets.items()}
        fixed = {name for name in inputs if setup is not None and setup.is_fixed(name)}
        return {name: given for name, given in inputs.items() if given is not None and name not in fixed}

    @property
    def params(self) -> list[Any]:
        return [field for field in self if field.short_name.startswith(PARAM)]

    @property
    def secrets(self) -> dict[str, Any]:
        return {field.short_name.removeprefix(SECRET): field for field in self if field.short_name.startswith(SECRET)}

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside the field that was typed in, also inside rows."""
        super().put_errors({name: message for name, message in errors.items() if not self._put_inside(name, message)})

    def change_rows(self) -> bool:
        """Add or drop the row that a button asks for, and return whether one did: then nothing is saved yet."""
        verb, _, rest = (self.do.data or "").partition("-")
        if verb == "add" and self.used_preset and rest in self.used_preset.tables:
            self.words.append_entry({"table": rest})
        elif verb == "drop":
            self.words.entries = [entry for entry in self.words.entries if entry.name != rest]
        return verb in ("add", "drop", "shape")

    def offer_words(self, unknown: Iterable[UnknownWord]) -> None:
        """Add a row for each word that a test did not know; it counts once somebody says what it means."""
        there = {(row.form.table.data, row.form.word.data) for row in self.words}
        for word in unknown:
            if (word.table, word.word) not in there:
                self.words.append_entry({"table": word.table, "word": word.word, "offered": "yes"})
        self.fit()

    def fit(self, system: ExternalSystem | None = None) -> None:
        """Give every select what can be chosen, once the rows stand."""
        own = self.used_preset.auth.kind if self.used_preset else "none"
        as_preset = gettext("As this kind of system does: %(kind)s", kind=AUTH_LABELS.get(own, own))
        self.auth_kind.choices = {"": as_preset, **{kind: str(AUTH_LABELS.get(kind, kind)) for kind in AUTH_KINDS}}
        for row in self.words:
            row.form.offer(self.used_preset)
        if system is not None:
            for name, part in self.secrets.items():
                part.form.offer(fact_of(system.secrets, name))

    def words_by_table(self) -> dict[str, list[Any]]:
        """Return the rows of every table of the preset, and of tables that only the rows name."""
        tables: dict[str, list[Any]] = {name: [] for name in (self.used_preset.tables if self.used_preset else ())}
        for entry in self.words:
            tables.setdefault(entry.form.table.data or "", []).append(entry)
        return tables

    def put_newer(self, system: ExternalSystem, reason: str) -> None:
        """Keep what was typed, and tell beside each field what stands there now; the next save puts this in its place."""
        newer = form_data(system, self.used_preset)
        told = {
            name: gettext("Now: %(value)s", value=newer[name] or NOTHING)
            for name in (*PLAIN, "frequency", "cron", *LIMITS, *GUARDS)
            if (self[name].data or "") != newer[name]
        }
        super().put_errors(
            {"form": gettext("%(reason)s Save again to put yours in its place.", reason=in_words(reason)), **told}
        )
        self.version.data = str(system.version)

    def _tables(self) -> dict[str, dict[str, str]]:
        tables: dict[str, dict[str, str]] = {}
        for row in rows_of(self.words):
            tables.setdefault(row.table.data or "", {})[_stripped(row.word.data)] = row.ours.data or ""
        return tables

    def unfinished_words(self) -> bool:
        """Mark the rows that say only half of what they should, and return whether there are any."""
        halves = [row for row in rows_of(self.words) if not (_stripped(row.word.data) and row.ours.data)]
        for row in halves:
            target = row.ours if _stripped(row.word.data) else row.word
            target.errors = self.words.errors = [gettext("Fill this in.")]
        return bool(halves)

    def _put_inside(self, name: str, message: str) -> bool:
        group, _, rest = name.partition(".")
        if group == "secrets" and rest in self.secrets:
            self.secrets[rest].form.put_error(message)
        elif group == "tables":
            return self._put_beside_word(rest, message)
        elif group in ("limits", "guards", "params") and (
            field := self._fields.get(f"{PARAM}{rest}", self._fields.get(rest))
        ):
            field.errors = [message]
        elif name == "sync_frequency":
            target = self.cron if self.frequency.data == CRON else self.frequency
            target.errors = [message]
        else:
            return False
        return True

    def _put_beside_word(self, path: str, message: str) -> bool:
        table, _, rest = path.partition(".")
        for row in rows_of(self.words):
            if row.table.data == table and (not rest or _stripped(row.word.data).casefold() == rest.split(".[")[0]):
                # The list has to have an error, too: the summary above the form looks at it and not inside.
                row.ours.errors = self.words.errors = [message]
                return True
        return False


class NewSystemForm(SystemForm):
    """The same with the key, which stays for good: products name the system by it."""

    key = StringField(lazy_gettext("Key"))


def form_for(system: ExternalSystem | None, setup: SystemSetup | None, *, opened: bool) -> SystemForm:
    """Return the form for a system, or for a new one: as it stands where it is just opened, else as it was sent."""
    name = _said("preset", opened=opened) or (system.preset if system else DEFAULT_PRESET)
    if setup is not None and setup.is_fixed("preset"):
        name = setup.preset
    preset = load_preset(name) if name in PRESETS else None
    kind = _kind(system, setup, preset, opened=opened)
    fields: dict[str, Any] = {
        f"{PARAM}{param}": StringField(param_label(param)) for param in (preset.params if preset else ())
    }
    kept = system.secrets if system else {}
    for secret in SECRETS:
        if secret in needed_secrets(kind, preset) or secret in kept:
            fields[f"{SECRET}{secret}"] = FormField(SecretFields, SECRET_LABELS[secret])
    made = type("FittedForm", (SystemForm if system else NewSystemForm,), fields)
    form: SystemForm = made(formdata=None, data=form_data(system, preset)) if opened else made()
    form.used_preset = preset
    form.fit(system or ExternalSystem(secrets={}))
    return form


def form_data(system: ExternalSystem | None, preset: Preset | None) -> dict[str, Any]:
    """Return a system as the form shows it before anybody typed. Nothing of a secret is in it but its variable."""
    if system is None:
        return {"preset": DEFAULT_PRESET, "enabled": True, "frequency": "manual", "time_zone": "UTC"}
    is_cron = system.sync_frequency not in SYNC_FREQUENCIES
    return {
        **{name: getattr(system, name) or "" for name in PLAIN},
        "version": system.version,
        "enabled": system.enabled,
        "frequency": CRON if is_cron else system.sync_frequency,
        "cron": system.sync_frequency if is_cron else "",
        "words": [
            {"table": table, "word": word, "ours": ours}
            for table, words in system.tables.items()
            for word, ours in words.items()
        ],
        **{f"{PARAM}{name}": system.params.get(name, "") for name in (preset.params if preset else ())},
        **{f"{SECRET}{name}": {"variable": fact_of(system.secrets, name).variable or ""} for name in SECRETS},
        **{name: _text(system.limits.get(name)) for name in LIMITS},
        **{name: _text(system.guards.get(name)) for name in GUARDS},
    }


def opened_version(form: SystemForm) -> int | None:
    """Return the version that the person was looking at; None where the form does not say."""
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdecimal() else None


def _kind(system: ExternalSystem | None, setup: SystemSetup | None, preset: Preset | None, *, opened: bool) -> str:
    """Return how the system signs in by what stands in the form."""
    if setup is not None and setup.is_fixed("auth_kind"):
        return setup.auth_kind
    said = (system.auth_kind if system else None) if opened else _said("auth_kind", opened=opened)
    return said or (preset.auth.kind if preset else "none")


def _said(name: str, *, opened: bool) -> str | None:
    return None if opened else request.form.get(name)


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _text(value: Any) -> str:
    return "" if value is None else str(value)
