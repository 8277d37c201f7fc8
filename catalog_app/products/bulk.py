"""Many products at once: what `changes.write` does for one, for as many as there are, inside one transaction.

`ProductRows` takes changes and works out all that follows from them: stored values, derived columns, revisions. That
needs no transaction and keeps nobody waiting. `write_rows` then only hands the rows over. A sync, its undo, a bulk
edit and an import can all go this way; what a change of one product means stands in changes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Dialect, Table

from catalog_app.core.bulk_sql import Encoder, Stored, encoders, insert_rows, json_text, next_ids, update_rows
from catalog_app.core.db import Base
from catalog_app.core.errors import CatalogError
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import DEFAULTS, FIELDS, is_kept_as_shown, stored_value

PRODUCT: Table = Base.metadata.tables[Product.__tablename__]
REVISION: Table = Base.metadata.tables[Revision.__tablename__]

_OURS = (
    "external_system", "external_product_id", "quota_left", "sync_state", "last_synced", "source_updated_at",
    "source_hash", "source_values", "remap_at", "field_locks", "version", "created_at", "updated_at", "created_by",
    "updated_by", "search_text", "category_folded",
)  # fmt: skip
_CREATED = ("id", *FIELDS, *_OURS)
_TOLD = ("subject_type", "subject_id", "subject_name", "version", "action", "at", "actor", "run_id", "changes")
_SEARCHED = frozenset(write_side.SEARCHED)
_STANDING = frozenset({"missing_since", "field_locks"})


class ProductsMovedError(CatalogError):
    """A product is not as it was when its rows were prepared, or somebody else has made it meanwhile."""


@dataclass(frozen=True)
class Author:
    """Who changes products, and when; `run_id` is the sync run in which it happens."""

    actor: str
    at: datetime
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source said of a product; `values` is the JSON text of what it said by field."""

    hash: str
    values: str
    updated_at: datetime | None
    remap_at: datetime | None


class Standing(Protocol):
    """What must be known of a product to change it; the model has it, and so has a row with these columns."""

    @property
    def id(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def external_system(self) -> str: ...
    @property
    def external_product_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def field_locks(self) -> Mapping[str, Any]: ...
    @property
    def missing_since(self) -> datetime | None: ...
    @property
    def sync_state(self) -> str: ...


class Rows(msgspec.Struct):
    """Rows ready to be written: text, whole numbers and None, which may lie in a file for a while.

    New products have no id yet. Updates are grouped by the columns that they set: a row of `updated` ends with the
    id and the version that it expects, a row of `noted` with the id.
    """

    created: list[list[Stored]] = msgspec.field(default_factory=list)
    created_told: list[list[Stored]] = msgspec.field(default_factory=list)
    updated: dict[str, list[list[Stored]]] = msgspec.field(default_factory=dict)
    updated_told: list[list[Stored]] = msgspec.field(default_factory=list)
    noted: dict[str, list[list[Stored]]] = msgspec.field(default_factory=dict)


class ProductRows:
    """Prepares the rows of what one author does, in the form that one kind of database takes."""

    def __init__(self, dialect: Dialect, author: Author) -> None:
        self._encoders = encoders(PRODUCT, dialect)
        self._fields = tuple((name, self._of_shown(name), self._shown(name, DEFAULTS.get(name))) for name in FIELDS)
        self._actor, self._run_id = author.actor, author.run_id
        self._at = self._stored("updated_at", author.at)
        self._no_locks = json_text({})
        self._rows = Rows()

    def take(self) -> Rows:
        """Return what was prepared since the last time."""
        taken, self._rows = self._rows, Rows()
        return taken

    def create(self, identity: tuple[str, str], values: Mapping[str, Any], source: SourceFacts) -> None:
        """Prepare a product that a source brings; `values` are fields that were checked, as JSON shows them."""
        system, external_id = identity
        self._rows.created.append(
            [
                *[
                    default
                    if name not in values
                    else value
                    if (value := values[name]) is None or encode is None
                    else encode(value)
                    for name, encode, default in self._fields
                ],
                system,
                external_id,
                values.get("quota_total"),
                write_side.sync_state(system, {}, is_missing=False),
                self._at,
                self._stored("source_updated_at", source.updated_at),
                source.hash,
                source.values,
                self._stored("remap_at", source.remap_at),
                self._no_locks,
                1,
                self._at,
                self._at,
                self._actor,
                self._actor,
                write_side.search_text(values["name"], external_id, values.get("description")),
                write_side.category_folded(values.get("category")),
            ]
        )
        told = json_text({field: [None, value] for field, value in values.items()})
        self._rows.created_told.append([values["name"], 1, "created", self._at, self._actor, self._run_id, told])

    def update(self, product: Standing, values: Mapping[str, Any], changes: write_side.Changes, *, action: str) -> None:
        """Prepare a change of columns to values as the columns keep them, and the revision that tells of it.

        The product is expected to be still as it stands here when the rows are written.
        """
        columns = {name: self._stored(name, value) for name, value in values.items()}
        columns |= self._derived(product, values)
        columns["updated_at"], columns["updated_by"] = self._at, self._actor
        names = sorted(columns)
        group = self._rows.updated.setdefault(",".join(names), [])
        group.append([*(columns[name] for name in names), product.id, product.version])
        name = values.get("name", product.name)
        self._rows.updated_told.append(
            [product.id, name, product.version + 1, action, self._at, self._actor, self._run_id, json_text(changes)]
        )

    def note(self, product_id: int, values: Mapping[str, Any]) -> None:
        """Prepare what is only noted of a product: it stays the same, so there is no new version and no revision."""
        names = sorted(values)
        group = self._rows.noted.setdefault(",".join(names), [])
        group.append([*(self._stored(name, values[name]) for name in names), product_id])

    def _derived(self, product: Standing, values: Mapping[str, Any]) -> dict[str, Stored]:
        derived: dict[str, Stored] = {}
        if not _SEARCHED.isdisjoint(values):
            name, description = values.get("name", product.name), values.get("description", product.description)
            derived["search_text"] = write_side.search_text(name, product.external_product_id, description)
        if "category" in values:
            derived["category_folded"] = write_side.category_folded(values["category"])
        if not _STANDING.isdisjoint(values):
            locks = values.get("field_locks", product.field_locks)
            is_missing = values.get("missing_since", product.missing_since) is not None
            derived["sync_state"] = write_side.sync_state(product.external_system, locks, is_missing=is_missing)
        return derived

    def _stored(self, column: str, value: Any) -> Stored:
        encode = self._encoders[column]
        stored: Stored = value if value is None or encode is None else encode(value)
        return stored

    def _shown(self, field: str, value: Any) -> Stored:
        return self._stored(field, stored_value(field, value))

    def _of_shown(self, field: str) -> Encoder | None:
        """Return what turns a field as JSON shows it into its stored form; None where it is that already."""
        encode = self._encoders[field]
        if encode is None or is_kept_as_shown(field):
            return encode
        return lambda value: encode(stored_value(field, value))


def write_rows(connection: Connection, rows: Rows) -> None:
    """Write prepared rows inside the caller's transaction; raise ProductsMovedError where they no longer fit.

    The transaction is then to be rolled back. On PostgreSQL the products to change must be held already, or two
    writers could wait for each other in a circle.
    """
    _update(connection, rows)
    ids = list(next_ids(connection, PRODUCT, len(rows.created)))
    created = [[number, *row] for number, row in zip(ids, rows.created, strict=True)]
    driver = connection.dialect.loaded_dbapi
    try:
        insert_rows(connection, PRODUCT, _CREATED, created)
    except driver.IntegrityError as error:
        raise ProductsMovedError("A product that was to be created was created by somebody else.") from error
    numbered = ([number, *told] for number, told in zip(ids, rows.created_told, strict=True))
    told = [[write_side.SUBJECT, *entry] for entry in (*numbered, *rows.updated_told)]
    insert_rows(connection, REVISION, _TOLD, told)


def _update(connection: Connection, rows: Rows) -> None:
    for names, changed in rows.updated.items():
        if update_rows(connection, PRODUCT, names.split(","), changed, versioned=True) != len(changed):
            raise ProductsMovedError("A product was changed by somebody else.")
    for names, noted in rows.noted.items():
        update_rows(connection, PRODUCT, names.split(","), noted, versioned=False)
