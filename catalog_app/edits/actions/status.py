"""Where products stand in their life. Which move is allowed is decided for each of them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.edits.actions.base import BulkAction, Change, Values, checked_fields
from catalog_app.products.labels import term
from catalog_app.products.terms import LIFECYCLE_STATUSES

FELT = ("suspended", "retired")
"""The states that other things feel."""


class SetStatus(BulkAction):
    """A status that the person chooses."""

    name = "status"
    label = lazy_gettext("Set status")
    verb = lazy_gettext("Set status")
    reads = ("lifecycle_status",)
    asks_usage = True

    def check(self, sent: Mapping[str, Any]) -> Values:
        status = sent.get("status")
        if status not in LIFECYCLE_STATUSES:
            raise RuleError({"status": Sentence("Choose a status.")})
        return {"status": status, "reason": _reason(sent)}

    def words(self, values: Values) -> str:
        return str(gettext("Set the status to %(status)s", status=term(values["status"])))

    def change(self, product: Row[Any], values: Values) -> Change:
        if product.lifecycle_status == values["status"]:
            return Change()
        # A reason belongs to the move: without one, that of an earlier move does not stay.
        return Change({"lifecycle_status": values["status"], "status_reason": values["reason"]})


class _Move(SetStatus):
    """A move to one status, that is an action of its own because it is wanted often."""

    status: ClassVar[str]

    def check(self, sent: Mapping[str, Any]) -> Values:
        return {"status": self.status, "reason": _reason(sent)}


class Suspend(_Move):
    name = "suspend"
    label = lazy_gettext("Suspend")
    verb = lazy_gettext("Suspend")
    status = "suspended"

    def words(self, values: Values) -> str:  # noqa: ARG002  # there is nothing to choose
        return str(gettext("Suspend"))


class Retire(_Move):
    name = "retire"
    label = lazy_gettext("Retire")
    verb = lazy_gettext("Retire")
    status = "retired"

    def words(self, values: Values) -> str:  # noqa: ARG002  # there is nothing to choose
        return str(gettext("Retire"))


def _reason(sent: Mapping[str, Any]) -> str | None:
    try:
        said = checked_fields({"status_reason": sent.get("reason") or None})
    except RuleError as error:
        raise RuleError({"reason": error.errors["status_reason"]}) from error
    reason: str | None = said["status_reason"]
    return reason
