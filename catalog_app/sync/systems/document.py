"""An external system as JSON: its settings, how it stands, and of each secret only how it is kept."""

from typing import Any

from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.schema import settings_of
from catalog_app.sync.systems.secrets import fact_of
from catalog_app.sync.systems.setup import SettingFact, setup_of

READ_ONLY = frozenset({"key", "version", "settings", "is_configured", "missing", "fault"})
"""Shown to everybody and written by nobody: a client may send back what it read, and these are passed over."""


def system_document(system: ExternalSystem) -> dict[str, Any]:
    """Return a system as programs read it; `settings` holds what counts, with who said it."""
    setup = setup_of(system)
    return {
        "key": system.key,
        **settings_of(system),
        "secrets": {name: _secret(system, name) for name in system.secrets},
        "version": system.version,
        "is_configured": setup.is_configured,
        "missing": list(setup.missing),
        "fault": setup.fault,
        "settings": [_fact(fact) for fact in setup.facts],
    }


def _secret(system: ExternalSystem, name: str) -> dict[str, str]:
    fact = fact_of(system.secrets, name)
    return {"state": fact.kind} | ({"variable": fact.variable} if fact.variable else {})


def _fact(fact: SettingFact) -> dict[str, Any]:
    shown = {"name": fact.name, "value": fact.value, "origin": fact.origin, "variable": fact.variable}
    return shown if not fact.is_secret else {**shown, "value": None, "is_set": fact.is_set, "kept": fact.kept}
