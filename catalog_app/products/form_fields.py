"""The fields that the product form has and WTForms lacks."""

from datetime import datetime
from typing import Any

from wtforms import StringField
from wtforms.widgets import DateTimeLocalInput


class MomentField(StringField):
    """A moment in UTC, written in the browser's own control. It is text on both sides: the rules read and check it."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        return moment_input(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        # The control writes no zone; its label says which one it means.
        self.data = f"{text}Z" if text and not text.endswith("Z") else text


def moment_input(value: datetime | str | None) -> str:
    """Return a moment as the control wants it: without zone, and without the parts that are zero."""
    if isinstance(value, datetime):
        value = value.isoformat()
    text = (value or "").removesuffix("Z").removesuffix("+00:00")
    whole, _, fraction = text.partition(".")
    if fraction.strip("0"):
        return f"{whole}.{fraction[:3]}"
    return whole[:-3] if whole.count(":") > 1 and whole.endswith(":00") else whole


def in_capitals(text: str | None) -> str | None:
    """Return a code as it is written: a currency that is typed small is the same currency."""
    return text.strip().upper() if text else text
