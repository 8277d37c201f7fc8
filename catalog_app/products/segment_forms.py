"""The forms of segments: text in, the rules of products/segments.py behind them."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField, TextAreaField

from catalog_app.core.babel import in_words
from catalog_app.core.forms import BaseForm
from catalog_app.events.diffs import NOTHING
from catalog_app.products.models import Segment
from catalog_app.products.segments import SegmentInput

_TYPED = ("label", "description", "min_customer_value", "max_customer_value")


class SegmentForm(BaseForm):
    """What a segment means."""

    label = StringField(lazy_gettext("Label"))
    min_customer_value = StringField(lazy_gettext("Customer value from"))
    max_customer_value = StringField(lazy_gettext("Customer value to"))
    description = TextAreaField(lazy_gettext("Description"))
    version = HiddenField()

    @classmethod
    def of(cls, segment: Segment) -> "SegmentForm":
        """Return the form as it stands for a segment before anybody typed."""
        return cls(
            formdata=None,
            label=segment.label,
            description=segment.description or "",
            min_customer_value=_text(segment.min_customer_value),
            max_customer_value=_text(segment.max_customer_value),
            version=str(segment.version),
        )

    def checked(self) -> SegmentInput:
        """Return what was typed, checked; raises RuleError."""
        return SegmentInput.check({name: getattr(self, name).data or "" for name in _TYPED})

    def opened_version(self) -> int | None:
        """Return the version that the person was looking at; None where the form does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    def put_newer(self, segment: Segment, reason: str) -> None:
        """Keep what was typed, and tell beside each field what stands there now; the next save puts this in its place."""
        newer = SegmentForm.of(segment)
        differing = [name for name in _TYPED if getattr(self, name).data != getattr(newer, name).data]
        self.put_errors(
            {
                "form": gettext("%(reason)s Save again to put yours in its place.", reason=in_words(reason)),
                **{name: gettext("Now: %(value)s", value=getattr(newer, name).data or NOTHING) for name in differing},
            }
        )
        self.version.data = newer.version.data


class NewSegmentForm(SegmentForm):
    """The same with the key, which stays for good: products name the segment by it."""

    key = StringField(lazy_gettext("Key"))


def _text(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
