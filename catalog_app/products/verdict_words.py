"""What the checks of eligibility say, in the words of a page: no field names, labels for whatever has one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext

from catalog_app.products.checks import Reason
from catalog_app.products.formatting import day_and_time
from catalog_app.products.labels import term
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import References

_KEY = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_ASKED: Mapping[str, Any] = {
    "channel": lazy_gettext("the channel is not told"),
    "payment_mode": lazy_gettext("how the customer pays is not told"),
    "customer_value": lazy_gettext("the customer's value is not told"),
    "segments": lazy_gettext("the customer's segments are not told"),
    "relations": lazy_gettext("what the customer owns is not told"),
    "points": lazy_gettext("the customer's points are not told"),
    "limit": lazy_gettext("how often it was taken is not told"),
    "cooldown": lazy_gettext("when it was last offered is not told"),
}
_UNRESTRICTED = ("no restriction", "no quota")


@dataclass(frozen=True)
class VerdictWords:
    """Says the reasons of one product's verdict. `segments` are labels by key."""

    product: Product
    segments: Mapping[str, str]
    named: References
    now: datetime

    def said(self, reason: Reason) -> str:
        """Return what a check found, as a phrase that can stand behind its name."""
        if reason.message.endswith(" not given") and reason.code in _ASKED:
            return str(_ASKED[reason.code])
        if reason.code in _OF_THE_PRODUCT:
            return _OF_THE_PRODUCT[reason.code](self, reason)
        return self._in_words(reason.code, reason.message.partition(": ")[2] or reason.message)

    def restricts(self, reason: Reason) -> bool:
        """Return whether the product asks anything here; a check that asks nothing is not worth a line."""
        return not reason.message.endswith(_UNRESTRICTED)

    def _in_words(self, code: str, message: str) -> str:
        if code == "segments":
            return _KEY.sub(lambda found: self.segments.get(found[0], found[0]), message)
        if code in ("payment_mode", "channel"):
            return _KEY.sub(lambda found: term(found[0]), message)
        if code == "relations":
            for one in self.named.relations:
                message = message.replace(f" {one.key},", f" {one.name},")
            return message
        return _KEY.sub(lambda found: found[0].replace("_", " "), message) if code == "rule" else message

    def _status(self, reason: Reason) -> str:
        is_held = reason.rule == "field_locks"
        return str(gettext("held until its conflict is settled")) if is_held else term(self.product.lifecycle_status)

    def _switch(self, reason: Reason) -> str:
        return str(gettext("switched on") if reason.outcome is Outcome.YES else gettext("switched off"))

    def _source(self, _reason: Reason) -> str:
        since = self.product.missing_since
        return str(gettext("gone since %(day)s", day=day_and_time(since)) if since else gettext("still listed"))

    def _window(self, _reason: Reason) -> str:
        start, end = self.product.valid_from, self.product.valid_to
        if start and self.now < start:
            return str(gettext("begins %(start)s", start=day_and_time(start)))
        if end is None:
            return str(gettext("without an end"))
        words = gettext("until %(end)s") if self.now < end else gettext("ended %(end)s")
        return str(words % {"end": day_and_time(end)})


_OF_THE_PRODUCT: Mapping[str, Callable[[VerdictWords, Reason], str]] = {
    "lifecycle": VerdictWords._status,  # noqa: SLF001  # the class's own table of its own methods
    "switch": VerdictWords._switch,  # noqa: SLF001
    "missing": VerdictWords._source,  # noqa: SLF001
    "window": VerdictWords._window,  # noqa: SLF001
}
"""The checks whose phrase follows from the product alone."""
