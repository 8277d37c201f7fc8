"""The bulk actions: declared once, in the order in which they are offered."""

from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.edits.actions.base import BulkAction
from catalog_app.edits.actions.fields import SetCategory, SetValidity, Switch
from catalog_app.edits.actions.locks import ChangeOwner
from catalog_app.edits.actions.price import AddToPrice, ScalePrice, SetPrice
from catalog_app.edits.actions.segments import ChangeSegments
from catalog_app.edits.actions.status import Retire, SetStatus, Suspend

ACTIONS: tuple[BulkAction, ...] = (
    ChangeSegments(),
    SetPrice(),
    ScalePrice(),
    AddToPrice(),
    Suspend(),
    SetStatus(),
    SetCategory(),
    Switch(),
    SetValidity(),
    ChangeOwner(),
    Retire(),
)


def action_named(name: str | None) -> BulkAction:
    """Return the action of this name, or raise NotFoundError."""
    for action in ACTIONS:
        if action.name == name:
            return action
    raise NotFoundError(Sentence("There is no such action on products."))
