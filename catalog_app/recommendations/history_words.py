"""How values of the settings are said in histories."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext

from catalog_app.core.moments import figure
from catalog_app.core.rates import tick_percent
from catalog_app.products.labels import term, terms

_SHARES: Final = frozenset({"exploration.uniform", "exploration.silent", "exploration.epsilon"})


def value_words(field: str, value: Any) -> str | None:
    """Return a value of the settings as history says it, or None where it speaks for itself."""
    if field == "active_model" and isinstance(value, int):
        return str(gettext("Model %(number)s", number=value))
    if field in _SHARES and isinstance(value, int | float):
        return tick_percent(value)
    if field == "repeatable_types" and isinstance(value, list):
        return terms(value)
    if field == "contexts" and isinstance(value, list):
        return "; ".join(map(_context_words, value))
    return None


def _context_words(context: Mapping[str, Any]) -> str:
    weights = ", ".join(map(_weight_words, context["weights"]))
    return f"{context['label']} ({weights})" if weights else str(context["label"])


def _weight_words(weight: Mapping[str, Any]) -> str:
    kind, number = weight.get("product_type"), weight.get("product_id")
    of = term(kind) if kind else f"#{number}" if number else str(weight.get("category") or "")
    return f"{of} {figure(weight['weight'])}"
