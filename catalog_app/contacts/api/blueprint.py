"""The blueprint that the modules of this package add their routes to."""

from flask import Blueprint

from catalog_app.core.links import API_BASE

bp = Blueprint("contacts_api", __name__, url_prefix=f"{API_BASE}/contacts")
