"""What the pages of the sync share."""

from flask import Blueprint

from catalog_app.sync.links import CATALOG_PAGE, PRODUCT_PAGE
from catalog_app.sync.service import ProductSyncService

bp = Blueprint("sync", __name__, url_prefix="/admin/sync")

RUNS_CHANGED = "runs-changed"
PRODUCTS_CHANGED = "products-changed"


def syncs() -> ProductSyncService:
    return ProductSyncService()


@bp.context_processor
def _links() -> dict[str, str]:
    return {"product_page": PRODUCT_PAGE, "catalog_page": CATALOG_PAGE}
