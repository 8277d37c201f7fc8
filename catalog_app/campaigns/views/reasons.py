"""Why a trigger came to nothing, as people read it: what was decided then, in words, without the names of fields.

A delivery keeps each reason as a sentence for programs. Its customer is not kept, so that nobody can ask again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask_babel import gettext

from catalog_app.campaigns.forms_words import POLICIES
from catalog_app.campaigns.offering import BECAUSE
from catalog_app.campaigns.results.words import reason_words
from catalog_app.campaigns.triggering.withdrawal import WITHDRAWAL
from catalog_app.campaigns.withdrawn_words import withdrawn_words
from catalog_app.core.babel import listed
from catalog_app.products.formatting import day_and_time, number
from catalog_app.products.labels import key_words

_FIELD: Final = re.compile(r"^[a-z_.]+: ")
_SHAPES: Final[tuple[tuple[re.Pattern[str], Callable[..., str]], ...]] = (
    (re.compile(r"(.+) is above (\S+)"), lambda told, limit: gettext("%(told)s is above %(limit)s", told=told, limit=limit)),
    (re.compile(r"(.+) is below (\S+)"), lambda told, limit: gettext("%(told)s is below %(limit)s", told=told, limit=limit)),
    (re.compile(r"(.+) is none of (.+)"), lambda told, meant: gettext("%(told)s, and it is for %(meant)s", told=told, meant=meant)),
    (re.compile(r"(.+) is excluded"), lambda told: gettext("%(told)s is left out", told=told)),
    (re.compile(r"(?:offered|taken) (\d+) of (\d+) times"), lambda count, most: gettext("%(count)s of %(most)s times", count=count, most=most)),
    (re.compile(r"offered (\S+), (\d+) days must pass"), lambda at, days: gettext("offered %(when)s, waits %(days)s days", when=at, days=days)),
    (re.compile(r"declined (\S+), (\d+) days must pass"), lambda at, days: gettext("declined %(when)s, waits %(days)s days", when=at, days=days)),
    (re.compile(r"(\d+) of \d+ by (.+) in (\d+) days"), lambda count, way, days: gettext("%(count)s by %(way)s in %(days)s days", count=count, way=way, days=days)),
    (re.compile(r"opted out of (\S+) on (\S+)"), lambda way, at: gettext("out of %(way)s since %(when)s", way=way, when=at)),
    (re.compile(r"no consent to (\S+) is known"), lambda way: gettext("to %(way)s", way=way)),
    (re.compile(r"(?:begins|begin) (\S+)"), lambda at: gettext("begins %(day)s", day=at)),
    (re.compile(r"(?:ended|ends) (\S+)"), lambda at: gettext("ended %(day)s", day=at)),
    (re.compile(r"the campaign is (\S+)"), lambda status: status),
    (re.compile(r"(\S+) is not launched"), lambda status: gettext("not on sale: %(status)s", status=status)),
    (re.compile(r"(\S+) is not (\S+)"), lambda told, wanted: gettext("%(told)s, and it is for %(meant)s", told=told, meant=wanted)),
    (re.compile(r"held out, to compare with"), lambda: gettext("eligible, and not told, so that the others can be compared")),
    (re.compile(r"gone from its source since (\S+)"), lambda at: gettext("missing since %(day)s", day=at)),
)  # fmt: skip


@dataclass(frozen=True)
class Why:
    """One reason: its name, and what stood against what; `is_open` where something was not told.

    `of_product`: it is the product itself that cannot be offered.
    """

    label: str
    text: str
    code: str
    is_open: bool = False
    of_product: bool = False

    @property
    def brief(self) -> str:
        """Return it in a list, where the name alone says enough unless the product is gone: "Product suspended"."""
        return str(gettext("Product %(why)s", why=self.text)) if self.of_product else self.label


def why(reason: Mapping[str, Any], segments: Mapping[str, str]) -> Why:
    """Return a reason of a delivery in words; `segments` are labels by key."""
    code, is_open = str(reason["code"]), reason.get("outcome") == "unknown"
    if code == WITHDRAWAL:
        return Why(reason_words(code), str(POLICIES.get(reason["policy"], reason["policy"])), code)
    if code in BECAUSE and str(reason.get("rule")) == "product_id":
        return Why(gettext("Product"), withdrawn_words(code), code, of_product=True)
    text = gettext("not told") if is_open else _text(str(reason.get("message") or ""), segments)
    return Why(reason_words(code), text, code, is_open)


def _text(message: str, segments: Mapping[str, str]) -> str:
    said = _FIELD.sub("", message)
    for shape, say in _SHAPES:
        if found := shape.fullmatch(said):
            return str(say(*(_value(part, segments) for part in found.groups())))
    return said


def _value(text: str, segments: Mapping[str, str]) -> str:
    """Return a value as pages say it: an amount, a moment, the names of segments or channels."""
    try:
        return number(Decimal(text))
    except InvalidOperation:
        pass
    try:
        return day_and_time(datetime.fromisoformat(text))
    except ValueError:
        return listed(segments.get(one) or key_words(one) or one for one in text.split(", "))
