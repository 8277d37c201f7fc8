"""What an edit is called, in the language of its reader; what is stored was said in the language of its maker."""

from flask_babel import gettext

from catalog_app.edits.actions import ACTIONS
from catalog_app.edits.models import IMPORT, EditPlan


def title_of(plan: EditPlan) -> str:
    """Return the title of a plan: worked out from what was asked, else as it was stored."""
    asked = plan.request
    if plan.kind == IMPORT and asked.get("name"):
        return str(gettext("Import of %(name)s", name=asked["name"]))
    for action in ACTIONS:
        if action.name == asked.get("action"):
            return action.words(asked["values"])
    return plan.title
