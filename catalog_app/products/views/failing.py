"""Which systems a list shows as they were, because they could not be read lately."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog_app.products.systems import SystemFacts
from catalog_app.products.views.list_state import ListState

_SYSTEM = "external_system"


@dataclass(frozen=True)
class Failing:
    """The systems that the list is about and whose last sync failed; `nothing_of` is the one to blame for an empty list."""

    systems: tuple[SystemFacts, ...]
    nothing_of: SystemFacts | None


def failing(state: ListState, sources: Mapping[str, SystemFacts], *, is_empty: bool) -> Failing:
    """Return which systems of the list failed. One that nobody has set up is not tried, so it fails no more."""
    asked = state.filters.texts(_SYSTEM) or tuple(sources)
    found = tuple(facts for key, facts in sources.items() if key in asked and facts.has_address and facts.failed_run)
    return Failing(found, found[0] if is_empty and _is_to_blame(found, state) else None)


def _is_to_blame(found: tuple[SystemFacts, ...], state: ListState) -> bool:
    """Return whether there was never a copy of the only system, and no other filter that leaves nothing."""
    has_copy = len(found) != 1 or found[0].last_complete_at is not None
    return not has_copy and all(name == _SYSTEM for name, _text in state.filters.pairs())
