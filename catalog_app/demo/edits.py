"""The edits of many products that the people of the demo have made: one applied, one taken back, one that waits."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.demo.curation import ACTOR
from catalog_app.edits.actions import action_named
from catalog_app.edits.models import BULK, EditPlan
from catalog_app.edits.service import EditService

_SENT: Final = {"direction": "raise", "percent": "5"}


def edit_many() -> None:
    """Make the edits, through the same service as every other; once, after the catalogue has been curated."""
    _applied(_planned("segments", {"side": "target_segments", "add": ["traveller"]}, query="category=roaming"))
    taken_back = _applied(_planned("price_percent", _SENT, query="product_type=device"))
    EditService().request_undo(taken_back.id, actor=ACTOR, enqueue=False)
    EditService().execute(taken_back.id)
    _planned("price_percent", _SENT, query="product_type=bundle&lifecycle_status=launched")


def _planned(name: str, sent: Mapping[str, Any], *, query: str) -> EditPlan:
    edits, action = EditService(), action_named(name)
    values = action.check(sent)
    request = {"action": name, "values": values, "query": query}
    plan = edits.request(kind=BULK, title=action.words(values), request=request, actor=ACTOR, enqueue=False)
    return edits.execute(plan.id)


def _applied(plan: EditPlan) -> EditPlan:
    if not plan.size:
        return plan
    EditService().apply(plan.id, actor=ACTOR, enqueue=False)
    return EditService().execute(plan.id)
