"""What a customer owns, or a relation names, in both forms: by our number and as its source does. Read past the ORM."""

from typing import Final

import orjson

from catalog_app.core.reader import Reader
from catalog_app.products.owned import Owned, ProductKey

_SQLITE: Final = """
    SELECT id, external_system, external_product_id FROM product
    WHERE id IN (SELECT value FROM json_each(?)) OR (external_system, external_product_id) IN
        (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))
"""
_POSTGRESQL: Final = """
    SELECT id, external_system, external_product_id FROM product
    WHERE id = ANY(%s) OR (external_system, external_product_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""


def forms(reader: Reader, owned: Owned) -> list[tuple[int, ProductKey]]:
    """Return both forms of each of these products that the catalogue knows, deleted ones too. One query."""
    ids, keys = sorted(owned.ids), sorted(owned.keys)
    if not (ids or keys):
        return []
    if reader.is_postgresql:
        found = reader.rows(_POSTGRESQL, (ids, [key[0] for key in keys], [key[1] for key in keys]))
    else:
        found = reader.rows(_SQLITE, (orjson.dumps(ids).decode(), orjson.dumps(keys).decode()))
    return [(number, (system, external_id)) for number, system, external_id in found]


def completed(reader: Reader, owned: Owned) -> Owned:
    """Return the same products in both forms, as far as the catalogue knows them."""
    found = forms(reader, owned)
    return Owned(
        ids=owned.ids | {number for number, _ in found}, keys=owned.keys | {key for _, key in found}, is_resolved=True
    )
