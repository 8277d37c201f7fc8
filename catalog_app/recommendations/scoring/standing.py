"""How offers are chosen at this moment: the settings, read past the ORM with every decision and kept by their version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from catalog_app.core.reader import Reader
from catalog_app.products.reads import catalogue_version

PRESENT: Final = (
    f"SELECT ({catalogue_version.READ}), settings.version, settings.active_model, policy.version "  # noqa: S608  # our own words
    "FROM nbo_settings AS settings, contact_policy AS policy WHERE settings.id = 1 AND policy.id = 1"
)
"""What a decision rests on, as one row."""
_COLUMNS: Final = (
    "version",
    "use_propensity",
    "use_context",
    "use_value",
    "use_levers",
    "exploration",
    "contexts",
    "repeatable_types",
    "decline_days",
    "stale_days",
)
_SETTINGS: Final = f"SELECT {', '.join(_COLUMNS)} FROM nbo_settings WHERE id = 1"  # noqa: S608  # our own names


class Present(NamedTuple):
    """The versions of the catalogue, the settings, the model in use and the contact policy: what moves a decision."""

    catalogue: int
    settings: int
    model: int | None
    policy: int


@dataclass(frozen=True)
class Standing:
    """The settings that a decision reads (models.NboSettings), at one version."""

    version: int
    use_propensity: bool
    use_context: bool
    use_value: bool
    use_levers: bool
    exploration: Mapping[str, Any]
    contexts: Mapping[str, Sequence[Mapping[str, Any]]]
    """The weights of each context, by its key."""
    repeatable_types: frozenset[str]
    decline_days: int
    stale_days: int


class Standings:
    """Remembers the settings of one application's database; a version that moved is read anew."""

    def __init__(self) -> None:
        self._last: Standing | None = None

    def at(self, reader: Reader, version: int) -> Standing:
        last = self._last
        if last is None or last.version != version:
            last = self._last = _read(reader)
        return last


def present(reader: Reader) -> Present:
    """Return what is committed now. One look."""
    return Present(*reader.rows(PRESENT)[0])


def _read(reader: Reader) -> Standing:
    row = dict(zip(_COLUMNS, reader.rows(_SETTINGS)[0], strict=True))
    switches = {name: bool(row[name]) for name in _COLUMNS if name.startswith("use_")}
    return Standing(
        version=row["version"],
        exploration=reader.json(row["exploration"]),
        contexts={entry["key"]: entry["weights"] for entry in reader.json(row["contexts"])},
        repeatable_types=frozenset(reader.json(row["repeatable_types"])),
        decline_days=row["decline_days"],
        stale_days=row["stale_days"],
        **switches,
    )
