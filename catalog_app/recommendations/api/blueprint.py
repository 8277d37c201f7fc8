"""The blueprints that every module of this package adds its routes to."""

from flask import Blueprint

from catalog_app.core.links import API_BASE

nbo = Blueprint("nbo_api", __name__, url_prefix=f"{API_BASE}/nbo")
recommendations = Blueprint("recommendations_api", __name__, url_prefix=f"{API_BASE}/recommendations")
