"""What the pages of edits share."""

from flask import Blueprint

from catalog_app.edits.actions import ACTIONS
from catalog_app.edits.links import CATALOG_PAGE, PRODUCT_PAGE
from catalog_app.edits.models import EditPlan
from catalog_app.edits.service import EditService
from catalog_app.edits.titles import title_of

bp = Blueprint("edits", __name__, url_prefix="/admin/edits")

PRODUCTS_CHANGED = "products-changed"


def edits() -> EditService:
    return EditService()


@bp.context_processor
def _links() -> dict[str, str]:
    return {"product_page": PRODUCT_PAGE, "catalog_page": CATALOG_PAGE}


@bp.app_template_global()
def plan_title(plan: EditPlan) -> str:
    return title_of(plan)


@bp.app_template_global()
def bulk_actions() -> list[tuple[str, str]]:
    """Return the bulk actions as pairs of name and label, in the order in which they are offered."""
    return [(action.name, str(action.label)) for action in ACTIONS]
