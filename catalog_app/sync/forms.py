"""The form that starts a run."""

from collections.abc import Sequence
from typing import Self

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from catalog_app.core.forms import BaseForm
from catalog_app.sync.models import ExternalSystem

PREVIEW, APPLY = "preview", "apply"
FULL, CHANGES = "full", "changes"


class StartForm(BaseForm):
    """Which system to read, how much of it, and whether its plan is shown or applied."""

    system = RadioField(lazy_gettext("System"), validators=[InputRequired(lazy_gettext("Choose a system."))])
    amount = RadioField(lazy_gettext("How much"), default=FULL)
    mode = RadioField(lazy_gettext("What happens"), default=PREVIEW)

    def offer(self, systems: Sequence[ExternalSystem]) -> Self:
        """Let people choose among these systems, and return the form."""
        self.system.choices = {system.key: system.label for system in systems}
        self.amount.choices = {CHANGES: str(gettext("Changes only")), FULL: str(gettext("Full listing"))}
        self.mode.choices = {PREVIEW: str(gettext("Preview")), APPLY: str(gettext("Apply"))}
        return self

    @property
    def is_preview(self) -> bool:
        return bool(self.mode.data != APPLY)

    @property
    def is_full(self) -> bool:
        return bool(self.amount.data != CHANGES)
