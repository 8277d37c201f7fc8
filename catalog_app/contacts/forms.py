"""The forms of contacts: text in, the rules of schema.py behind them."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, FormField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget, TimeInput

from catalog_app.contacts.models import EVERY_CHANNEL, IN, OUT, ContactPolicy
from catalog_app.contacts.schema import MAX_CAPS, ChoiceInput, PolicyInput
from catalog_app.contacts.words import cap_words, channel_words
from catalog_app.core.babel import in_words
from catalog_app.core.forms import BaseForm
from catalog_app.core.time_zones import zones
from catalog_app.events.diffs import NOTHING
from catalog_app.products.form_rows import Row, pick, rows_of
from catalog_app.products.labels import term, terms
from catalog_app.products.terms import CHANNELS

_PLAIN: Final = ("quiet_from", "quiet_to", "time_zone", "consent_channels")


def _zones() -> dict[str, str]:
    return {name: name.replace("_", " ") for name in zones()}


def _channels() -> dict[str, str]:
    return {channel: term(channel) for channel in CHANNELS}


def _every_channel() -> dict[str, str]:
    return {channel: channel_words(channel) for channel in (EVERY_CHANNEL, *CHANNELS)}


class CapRow(Row):
    """At most so many contacts in so many days."""

    telling = ("most", "days")

    channel = SelectField(
        lazy_gettext("Through"), choices=pick(CHANNELS, blank=lazy_gettext("All channels together")), default=""
    )
    most = StringField(lazy_gettext("At most"))
    days = StringField(lazy_gettext("In any"))


class PolicyForm(BaseForm):
    """The whole contact policy."""

    version = HiddenField()
    # A button that changes the rows and saves nothing: "add", or "drop-ROW".
    do = StringField()
    # What was typed before a sign-in comes back with it: the form is drawn again, and nothing is saved yet.
    look_up = StringField()

    caps = FieldList(FormField(CapRow), lazy_gettext("Caps across all campaigns"), max_entries=MAX_CAPS)
    quiet_from = StringField(lazy_gettext("Quiet from"), widget=TimeInput())
    quiet_to = StringField(lazy_gettext("Until"), widget=TimeInput())
    time_zone = SelectField(lazy_gettext("Time zone"), choices=_zones)
    consent_channels = SelectMultipleField(
        lazy_gettext("Channels"),
        choices=_channels,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    fresh = ""
    """The row that was just added, where the cursor goes."""

    @classmethod
    def of(cls, policy: ContactPolicy) -> "PolicyForm":
        """Return the form as it stands before anybody typed."""
        shown = {name: getattr(policy, name) or "" for name in ("quiet_from", "quiet_to")}
        form = cls(
            formdata=None,
            version=str(policy.version),
            caps=[{**cap, "channel": cap["channel"] or ""} for cap in policy.caps],
            time_zone=policy.time_zone,
            consent_channels=policy.consent_channels,
            **shown,
        )
        form.keep_zone(policy.time_zone)
        return form

    def keep_zone(self, name: str) -> None:
        """Offer a zone that was set by a program, and is not among those that are named after a place."""
        if name not in zones():
            self.time_zone.choices = {name: name, **_zones()}

    def change_rows(self) -> bool:
        """Add or drop the row that a button asks for; return whether the form is only drawn again, and nothing saved."""
        verb, _, rest = (self.do.data or "").partition("-")
        if verb == "add" and len(self.caps) < MAX_CAPS:
            self.fresh = self.caps.append_entry({"channel": "", "days": "7"}).name
        elif verb == "drop":
            self.caps.entries = [entry for entry in self.caps.entries if entry.name != rest]
        return verb in ("add", "drop") or bool(self.look_up.data)

    def checked(self) -> PolicyInput:
        """Return what was typed, checked; raises RuleError."""
        caps = [{name: row[name].data or "" for name in ("channel", "most", "days")} for row in rows_of(self.caps)]
        return PolicyInput.check({**{name: self[name].data for name in _PLAIN}, "caps": caps}, is_form=True)

    def opened_version(self) -> int | None:
        """Return the version that the person was looking at; None where the form does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    def put_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error beside the field that was typed in, also inside rows."""
        super().put_errors({name: message for name, message in errors.items() if not self._put_inside(name, message)})

    def put_newer(self, policy: ContactPolicy, reason: str) -> None:
        """Keep what was typed, and tell beside each field what stands there now; the next save puts this in its place."""
        said = {
            "caps": "; ".join(map(cap_words, policy.caps)),
            "quiet_from": policy.quiet_from,
            "quiet_to": policy.quiet_to,
            "time_zone": policy.time_zone,
            "consent_channels": terms(policy.consent_channels),
        }
        mine = self.checked().model_dump(mode="json")
        differing = {name: words for name, words in said.items() if mine[name] != getattr(policy, name)}
        self.put_errors(
            {
                "form": gettext("%(reason)s Save again to put yours in its place.", reason=in_words(reason)),
                **{name: gettext("Now: %(value)s", value=words or NOTHING) for name, words in differing.items()},
            }
        )
        self.version.data = str(policy.version)

    def _put_inside(self, name: str, message: str) -> bool:
        root, *path = name.split(".")
        rows = rows_of(self.caps)
        if root != "caps" or len(path) < 2 or not path[0].isdecimal() or int(path[0]) >= len(rows):  # noqa: PLR2004  # row and field
            return False
        rows[int(path[0])][path[1]].errors = [in_words(message)]
        # The list has to have an error, too: the summary above the form looks at it and not inside.
        self.caps.errors = [*self.caps.errors, {path[1]: [message]}]
        return True


class LookUpForm(BaseForm):
    """Which customer to look up."""

    customer_id = StringField(lazy_gettext("Customer id"))


class ChoiceForm(BaseForm):
    """What a customer said to us."""

    customer_id = HiddenField(lazy_gettext("Customer id"))
    channel = SelectField(lazy_gettext("Channel"), choices=_every_channel, default=EVERY_CHANNEL)
    choice = RadioField(
        lazy_gettext("They said"),
        choices=lambda: {OUT: str(gettext("No more contact")), IN: str(gettext("They agree"))},
        default=OUT,
    )
    source = StringField(lazy_gettext("Where they said it"))

    def checked(self) -> ChoiceInput:
        """Return what was typed, checked; raises RuleError."""
        typed = {name: self[name].data or "" for name in ("customer_id", "channel", "choice", "source")}
        return ChoiceInput.check(typed, is_form=True)
