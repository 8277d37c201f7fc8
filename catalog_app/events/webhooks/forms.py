"""The form of a webhook: text to types; the rules are in service.py and shapes.py."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import lazy_gettext
from wtforms import SelectMultipleField, StringField, URLField
from wtforms.widgets import CheckboxInput, ListWidget

from catalog_app.core.forms import BaseForm

EVENTS: Final[Mapping[str, Any]] = {
    "product.created": lazy_gettext("A product is created"),
    "product.updated": lazy_gettext("A product changes"),
    "product.withdrawn": lazy_gettext("A product goes missing at its source"),
    "product.returned": lazy_gettext("A product comes back at its source"),
    "product.deleted": lazy_gettext("A product is deleted"),
    "product.restored": lazy_gettext("A product is restored"),
}


def event_words(event_type: str) -> str:
    """Return what an event tells of; one of another door is called by its own name."""
    return str(EVENTS.get(event_type, event_type))


class WebhookForm(BaseForm):
    """Whom to tell, and of what; nothing ticked is everything."""

    url = URLField(lazy_gettext("Address"))
    description = StringField(lazy_gettext("Description"))
    event_types = SelectMultipleField(
        lazy_gettext("Tell it when"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, event_types: Iterable[str]) -> None:
        """Offer these types to choose from."""
        self.event_types.choices = {name: event_words(name) for name in event_types}

    def values(self) -> dict[str, Any]:
        """Return what was typed, as the services take it."""
        return {
            "url": (self.url.data or "").strip(),
            "event_types": list(self.event_types.data or ()),
            "description": (self.description.data or "").strip() or None,
        }
