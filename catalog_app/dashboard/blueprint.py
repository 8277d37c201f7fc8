"""What the pages of the dashboard share."""

from flask import Blueprint

from catalog_app.sync.links import CATALOG_PAGE, PRODUCT_PAGE

bp = Blueprint("dashboard", __name__, url_prefix="/admin")


@bp.context_processor
def _links() -> dict[str, str]:
    return {"product_page": PRODUCT_PAGE, "catalog_page": CATALOG_PAGE}
