"""Suggestions for a field in which somebody names a product; without JavaScript the field takes names and ids as they are."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.db import db
from catalog_app.products.naming import named, suggestions
from catalog_app.products.views.blueprint import bp

LEAST = 2


@bp.get("/pick")
@requires_role("viewer")
def pick() -> ResponseReturnValue:
    """Return the products that a text may mean, as options of a list; `field` says which parameter holds the text."""
    text = request.args.get(request.args.get("field", ""), "").strip()
    exact = named(db.session(), text).product if text else None
    found = [exact] if exact is not None else list(suggestions(text)) if len(text) >= LEAST else []
    return render_template("products/_options.html", products=found)
