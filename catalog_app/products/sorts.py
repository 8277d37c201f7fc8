"""The orders a list of products can have, for pages and JSON alike."""

from dataclasses import replace

from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.products.models import Product

_ID = SortKey("id", Product.id)

SORTS: tuple[SortKey, ...] = (
    _ID,
    SortKey("name", Product.name),
    SortKey("price", Product.price, nullable=True),
    SortKey("updated_at", Product.updated_at),
    SortKey("created_at", Product.created_at),
    SortKey("category", Product.category, nullable=True),
)


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """Return the order that "-updated_at,name" asks for, by id where it asks for none; raise RuleError for another.

    It always ends in the id, so that no two products share a place. The id goes the way of the column before it:
    an index on both then serves either way.
    """
    keys: list[SortKey] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        keys.append(_key(part))
        if len({key.name for key in keys}) < len(keys):
            raise RuleError({"sort": Sentence("Name each column once; %(name)s stands twice.", name=keys[-1].name)})
    names = [key.name for key in keys]
    if "id" in names:
        return tuple(keys[: names.index("id") + 1])
    return (*keys, replace(_ID, descending=bool(keys) and keys[-1].descending))


def _key(part: str) -> SortKey:
    name = part.removeprefix("-")
    for key in SORTS:
        if key.name == name:
            return replace(key, descending=part.startswith("-"))
    names = ", ".join(key.name for key in SORTS)
    raise RuleError({"sort": Sentence("Sort by %(names)s; a minus in front turns the order round.", names=names)})
