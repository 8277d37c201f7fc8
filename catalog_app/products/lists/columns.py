"""The columns of the list and how dense it is: what there is to choose from, and what each person chose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext

KEY: Final = "products.list"
"""Under which a person's choice is kept."""


@dataclass(frozen=True)
class Column:
    """A column that people may show or hide; the name of the product is always there."""

    key: str
    label: Any


COLUMNS: Final = (
    Column("type", lazy_gettext("Type")),
    Column("category", lazy_gettext("Category")),
    Column("price", lazy_gettext("Price")),
    Column("system", lazy_gettext("System")),
    Column("external_id", lazy_gettext("External id")),
    Column("status", lazy_gettext("Status")),
    Column("window", lazy_gettext("Sold")),
    Column("segments", lazy_gettext("Segments")),
    Column("channels", lazy_gettext("Channels")),
    Column("changed", lazy_gettext("Changed")),
    Column("synced", lazy_gettext("Synced")),
)
DEFAULT: Final = frozenset({"type", "category", "price", "system", "status", "segments", "synced"})
DENSITIES: Final = (("compact", lazy_gettext("Compact")), ("comfortable", lazy_gettext("Comfortable")))
_KNOWN: Final = frozenset(column.key for column in COLUMNS)


@dataclass(frozen=True)
class Display:
    """How one person sees the list."""

    columns: frozenset[str] = DEFAULT
    density: str = "compact"

    def kept(self) -> dict[str, Any]:
        """Return it as it is kept, the columns in their order."""
        return {"columns": [column.key for column in COLUMNS if column.key in self.columns], "density": self.density}


def display_of(kept: Any) -> Display:
    """Return the choice that was kept; whatever is not known any more counts as never chosen."""
    if not isinstance(kept, dict):
        return Display()
    return chosen(kept.get("columns", DEFAULT), kept.get("density"))


def chosen(columns: Iterable[str], density: str | None) -> Display:
    """Return a choice out of what a person or an older version says."""
    known = [name for name, _ in DENSITIES]
    return Display(_KNOWN & frozenset(columns), density if density in known else "compact")
