"""The forms of segments: text in, the rules of products/segments.py behind them."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import StringField, TextAreaField

from catalog_app.core.forms import BaseForm
from catalog_app.products.models import Segment
from catalog_app.products.segments import SegmentInput


class SegmentForm(BaseForm):
    """What a segment means."""

    label = StringField(lazy_gettext("Label"))
    min_customer_value = StringField(lazy_gettext("Customer value from"))
    max_customer_value = StringField(lazy_gettext("Customer value to"))
    description = TextAreaField(lazy_gettext("Description"))

    @classmethod
    def of(cls, segment: Segment) -> "SegmentForm":
        """Return the form as it stands for a segment before anybody typed."""
        return cls(
            formdata=None,
            label=segment.label,
            description=segment.description or "",
            min_customer_value=_text(segment.min_customer_value),
            max_customer_value=_text(segment.max_customer_value),
        )

    def checked(self) -> SegmentInput:
        """Return what was typed, checked; raises RuleError."""
        names = ("label", "description", "min_customer_value", "max_customer_value")
        return SegmentInput.check({name: getattr(self, name).data or "" for name in names})


class NewSegmentForm(SegmentForm):
    """The same with the key, which stays for good: products name the segment by it."""

    key = StringField(lazy_gettext("Key"))


def _text(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
