"""A test of a connection as it stands in a form, before anybody saved it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog_app.core.errors import CatalogError, RuleError
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.probe import Probe, probe_with
from catalog_app.sync.systems.readdressing import readdressed
from catalog_app.sync.systems.schema import SystemInput
from catalog_app.sync.systems.secrets import SecretInput, check_secrets


@dataclass(frozen=True)
class Tried:
    """What came of a test: the first page, or why there is none."""

    probe: Probe | None = None
    error: str | None = None


def try_out(system: ExternalSystem | None, key: str, checked: SystemInput, secrets: Mapping[str, SecretInput]) -> Tried:
    """Read and map the first page with settings that need not be saved; a secret that was not named is as it is kept.

    Raises RuleError for a secret that cannot be one, and for a kept one that would go to another server. That the
    source fails is a result. Nothing is written, and nothing of what was typed is kept.
    """
    kept = dict(system.secrets) if system else {}
    secrets = readdressed(system, checked.base_url, secrets) if system else secrets
    check_secrets(secrets)
    typed: dict[str, str] = {}
    for name, given in secrets.items():
        kept.pop(name, None)
        if given.variable is not None:
            kept[name] = {"env": given.variable}
        elif given.value is not None:
            typed[name] = given.value
    # It belongs to no session, so that no part of it can be saved by accident.
    as_typed = ExternalSystem(key=key, secrets=kept, **checked.stored())
    try:
        return Tried(probe=probe_with(as_typed, typed=typed))
    except CatalogError as error:
        if isinstance(error, RuleError):
            raise
        return Tried(error=str(error))
