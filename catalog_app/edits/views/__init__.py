"""The pages of edits: the form of each bulk action, the plan, and the list of plans."""

from catalog_app.edits.views import decisions, index, new, plan
from catalog_app.edits.views.blueprint import bp

__all__ = ("bp", "decisions", "index", "new", "plan")
