"""The blueprint that every module of this package adds its routes to."""

from flask import Blueprint

from catalog_app.core.links import API_BASE

bp = Blueprint("campaigns_api", __name__, url_prefix=f"{API_BASE}/campaigns")
