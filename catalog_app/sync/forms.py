"""The form that starts a run."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from catalog_app.core.forms import BaseForm
from catalog_app.sync.models import ExternalSystem

PREVIEW, APPLY = "preview", "apply"
MODES = (SelectChoice(PREVIEW, lazy_gettext("Preview")), SelectChoice(APPLY, lazy_gettext("Apply")))


class StartForm(BaseForm):
    """Which system to read, and whether its plan is shown or applied."""

    system = RadioField(lazy_gettext("System"), validators=[InputRequired(lazy_gettext("Choose a system."))])
    mode = RadioField(lazy_gettext("What happens"), choices=MODES, default=PREVIEW)

    def offer(self, systems: Sequence[ExternalSystem]) -> "StartForm":
        """Let people choose among these systems, and return the form."""
        self.system.choices = [SelectChoice(system.key, system.label) for system in systems]
        return self

    @property
    def is_preview(self) -> bool:
        return bool(self.mode.data != APPLY)
