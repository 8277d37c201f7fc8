"""A sealed secret belongs to the server that it was entered for: who moves a system to another one enters it again.

Nobody can read a secret here, and so nobody may have it sent to a server of their choice either. A variable that holds
a secret stays named: whoever moves the system may name it as well.
"""

from collections.abc import Mapping
from typing import Final

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.http import FetchFailedError, Origin
from catalog_app.core.wiring import settings
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.secrets import SecretInput

ENTER_AGAIN: Final = Sentence(
    "This was not entered for the server that the address leads to now. Enter it again, or forget it."
)


def readdressed(
    system: ExternalSystem, base_url: str | None, secrets: Mapping[str, SecretInput]
) -> dict[str, SecretInput]:
    """Return what is said of the secrets of a system that is given this address.

    Raises RuleError for a sealed one of which nothing is said, though the address leads to another server. One that the
    environment says in its place is forgotten: nobody could enter it.
    """
    if base_url is None or _server(base_url) == _server(system.base_url):
        return dict(secrets)
    behind = [name for name, kept in system.secrets.items() if "sealed" in kept and name not in secrets]
    elsewhere = settings().source(system.key).secrets()
    if faults := {f"secrets.{name}": ENTER_AGAIN for name in behind if name not in elsewhere}:
        raise RuleError(faults)
    return {**secrets, **{name: SecretInput() for name in behind}}


def _server(url: str | None) -> Origin | str | None:
    """Return scheme, host and port of an address, the address itself where it has none that can be told."""
    try:
        return Origin.of(url) if url else None
    except FetchFailedError:
        return url
