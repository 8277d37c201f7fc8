"""Who owns a field: people, whatever the source says, or the source again."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.edits.actions.base import BulkAction, Change, Values
from catalog_app.events.diffs import label_of
from catalog_app.products.schema import FIELDS
from catalog_app.products.terms import MANUAL

LOCK, RELEASE = "lock", "release"


class ChangeOwner(BulkAction):
    """Fields are taken over as they stand, or given back and say what their source says."""

    name = "locks"
    label = lazy_gettext("Lock or release fields")
    verb = lazy_gettext("Change owner")
    reads = ("field_locks",)

    def check(self, sent: Mapping[str, Any]) -> Values:
        owner = sent.get("owner")
        if owner not in (LOCK, RELEASE):
            raise RuleError({"owner": Sentence("Choose whether to lock or to release.")})
        fields = [name for name in FIELDS if name in (sent.get("fields") or ())]
        if not fields:
            raise RuleError({"fields": Sentence("Choose at least one field.")})
        return {"owner": owner, "fields": fields}

    def words(self, values: Values) -> str:
        fields = ", ".join(label_of(name) for name in values["fields"])
        if values["owner"] == LOCK:
            return str(gettext("Lock %(fields)s", fields=fields))
        return str(gettext("Release %(fields)s", fields=fields))

    def change(self, product: Row[Any], values: Values) -> Change:
        if product.external_system == MANUAL:
            words = Sentence("It was made here, so there is no source that could change it.")
            raise RuleError({"external_system": words})
        fields = tuple(values["fields"])
        if values["owner"] == LOCK:
            return Change(locks=tuple(name for name in fields if name not in product.field_locks))
        return Change(releases=tuple(name for name in fields if name in product.field_locks))
