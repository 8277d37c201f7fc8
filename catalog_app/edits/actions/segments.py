"""Whom products are for: segments are added and removed, the others stay."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.edits.actions.base import BulkAction, Change, Values
from catalog_app.products.segment_words import segment_words

TARGET, EXCLUDE = "target_segments", "exclude_segments"


class ChangeSegments(BulkAction):
    """Added to, and removed from, those that a product is for, or those that it is not for."""

    name = "segments"
    label = lazy_gettext("Edit segments")
    verb = lazy_gettext("Change segments")
    reads = (TARGET, EXCLUDE)

    def check(self, sent: Mapping[str, Any]) -> Values:
        side = sent.get("side")
        if side not in (TARGET, EXCLUDE):
            raise RuleError({"side": Sentence("Choose which segments are meant.")})
        add, remove = list(sent.get("add") or ()), list(sent.get("remove") or ())
        if not add and not remove:
            raise RuleError({"add": Sentence("Choose a segment to add or to remove.")})
        if both := sorted(set(add) & set(remove)):
            words = Sentence("A segment cannot be both added and removed: %(segments)s.", segments=", ".join(both))
            raise RuleError({"remove": words})
        return {"side": side, "add": add, "remove": remove}

    def words(self, values: Values) -> str:
        names = {"added": segment_words(values["add"]), "removed": segment_words(values["remove"])}
        if values["side"] == EXCLUDE:
            return _excluding(values, names)
        if not values["remove"]:
            return str(gettext("Offer to %(added)s too", **names))
        if not values["add"]:
            return str(gettext("Offer to %(removed)s no longer", **names))
        return str(gettext("Offer to %(added)s, and to %(removed)s no longer", **names))

    def change(self, product: Row[Any], values: Values) -> Change:
        side = values["side"]
        before: list[str] = getattr(product, side)
        after = [key for key in before if key not in values["remove"]]
        after += [key for key in values["add"] if key not in after]
        if side == TARGET and before and not after:
            words = Sentence("No segment would be left, and without one it is for everyone.")
            raise RuleError({TARGET: words})
        return Change() if after == before else Change({side: after})


def _excluding(values: Values, names: Mapping[str, str]) -> str:
    if not values["remove"]:
        return str(gettext("Exclude %(added)s too", **names))
    if not values["add"]:
        return str(gettext("Exclude %(removed)s no longer", **names))
    return str(gettext("Exclude %(added)s, and %(removed)s no longer", **names))
