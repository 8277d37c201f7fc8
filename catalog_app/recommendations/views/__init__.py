"""The pages of recommendations: a customer to try, models, their evaluation, decisions, and settings."""

from catalog_app.recommendations.views import decision_log, decisions, evaluation, models, of_product, settings, trying
from catalog_app.recommendations.views.blueprint import bp, settings_bp

__all__ = ("bp", "decision_log", "decisions", "evaluation", "models", "of_product", "settings", "settings_bp", "trying")
