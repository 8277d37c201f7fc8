"""The pages of the sync: systems and runs, the dialog that starts a run, and the page of one run."""

from catalog_app.sync.views import decisions, overview, run, settle, start
from catalog_app.sync.views.blueprint import bp

__all__ = ("bp", "decisions", "overview", "run", "settle", "start")
