"""Many changes of products as rows ready to be written: worked out before anybody has to wait for them.

`ProductRows` takes changes and works out all that follows from them: stored values, derived columns, revisions, and
what is kept beside a product. What a change of one product means stands in changes.py; bulk.py writes the rows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Dialect, Table

from catalog_app.core.bulk_sql import Encoder, Stored, encoders, json_text
from catalog_app.core.columns import UtcDateTime
from catalog_app.core.db import Base
from catalog_app.core.json_values import as_json, moment_text
from catalog_app.products import changes as write_side
from catalog_app.products.beside import counted_of, kept_beside
from catalog_app.products.counters.counted import Counted
from catalog_app.products.document import FIELDS as DOCUMENT_FIELDS
from catalog_app.products.models import Product
from catalog_app.products.reads import documents
from catalog_app.products.schema import DEFAULTS, FIELDS, is_kept_as_shown, stored_value

PRODUCT: Table = Base.metadata.tables[Product.__tablename__]

_OURS = (
    "external_system", "external_product_id", "quota_left", "sync_state", "last_synced", "source_updated_at",
    "source_hash", "source_values", "remap_at", "field_locks", "created_at", "updated_at", "created_by", "updated_by",
    "search_text", "category_folded", "version",
)  # fmt: skip
CREATED = ("id", *FIELDS, *_OURS)
TOLD = (
    "subject_type",
    "subject_id",
    "subject_name",
    "version",
    "action",
    "at",
    "actor",
    "run_id",
    "edit_plan_id",
    "changes",
)
_REMEMBERED = 4096
_shown_moment = lru_cache(_REMEMBERED)(moment_text)
SEARCH_TEXT = CREATED.index("search_text") - 1
"""Where the search text stands in a row of a new product, which has no id yet."""
_BLANK = {**dict.fromkeys((*DOCUMENT_FIELDS, "last_synced")), **DEFAULTS, "field_locks": {}}
_SEARCHED = frozenset(write_side.SEARCHED)
_STANDING = frozenset({"missing_since", "field_locks"})


@dataclass(frozen=True)
class Author:
    """Who changes products, and when; `run_id` is the sync run in which it happens, `edit_plan_id` the plan of edits."""

    actor: str
    at: datetime
    run_id: int | None = None
    edit_plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source said of a product; `values` is the JSON text of what it said by field."""

    hash: str | None
    values: str | None
    updated_at: datetime | None = None
    remap_at: datetime | None = None


NO_SOURCE = SourceFacts(None, None)
"""What no source said."""


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

    New products have no id yet; their rows, documents and revisions stand in one order. Updates are grouped by the
    columns that they set: a row of `updated` ends with the id and the version that it expects, a row of `noted` with
    the id; `renewed` are the documents of what was noted. `texts` are search texts that change; `gone` are the ids and texts of products that are deleted, `back` the
    ids of those that are no longer. `counted` says how the counts move.
    """

    created: list[list[Stored]] = msgspec.field(default_factory=list)
    created_documents: list[list[Stored]] = msgspec.field(default_factory=list)
    created_told: list[list[Stored]] = msgspec.field(default_factory=list)
    updated: dict[str, list[list[Stored]]] = msgspec.field(default_factory=dict)
    updated_told: list[list[Stored]] = msgspec.field(default_factory=list)
    noted: dict[str, list[list[Stored]]] = msgspec.field(default_factory=dict)
    documents: list[list[Stored]] = msgspec.field(default_factory=list)
    renewed: list[list[Stored]] = msgspec.field(default_factory=list)
    texts: list[tuple[int, str, str]] = msgspec.field(default_factory=list)
    gone: list[tuple[int, str]] = msgspec.field(default_factory=list)
    back: list[int] = msgspec.field(default_factory=list)
    counted: list[tuple[Counted, int]] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Change:
    """What changes of a product in what is kept beside it: its fields as JSON shows them, and its search text."""

    shown: dict[str, Any]
    text: str | None
    deletes: bool


class ProductRows:
    """Prepares the rows of what one author does, in the form that one kind of database takes."""

    def __init__(self, dialect: Dialect, author: Author) -> None:
        self._encoders = {
            name: lru_cache(_REMEMBERED)(encode) if encode and isinstance(PRODUCT.c[name].type, UtcDateTime) else encode
            for name, encode in encoders(PRODUCT, dialect).items()
        }
        self._fields = tuple((name, self._of_shown(name), self._shown(name, DEFAULTS.get(name))) for name in FIELDS)
        self._actor, self._of = author.actor, (author.run_id, author.edit_plan_id)
        self._at = self._stored("updated_at", author.at)
        self._no_locks = json_text({})
        at = as_json(author.at)
        self._shown_by = {"updated_at": at, "updated_by": author.actor}
        self._blank = {
            **_BLANK, **self._shown_by, "created_at": at, "created_by": author.actor, "last_synced": at, "version": 1,
        }  # fmt: skip
        self._rows = Rows()
        self._counted: Counter[Counted] = Counter()
        self._changes: dict[int, _Change] = {}
        self._notes: dict[int, dict[str, Any]] = {}

    def take(self, connection: Connection) -> Rows:
        """Return what was prepared since the last time. Reads how what is kept beside the changed products stands."""
        if self._changes or self._notes:
            self._take_changes(connection)
        taken, taken.counted = self._rows, list(self._counted.items())
        self._rows, self._counted, self._changes, self._notes = Rows(), Counter(), {}, {}
        return taken

    def create(self, identity: tuple[str, str], values: Mapping[str, Any], source: SourceFacts = NO_SOURCE) -> None:
        """Prepare a product; `values` are fields that were checked, as JSON shows them.

        `source` is what a source said of it: nothing where people make it.
        """
        system, external_id = identity
        synced_at = self._at if source.hash is not None else None
        state = write_side.sync_state(system, {}, is_missing=False)
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
                state,
                synced_at,
                self._stored("source_updated_at", source.updated_at),
                source.hash,
                source.values,
                self._stored("remap_at", source.remap_at),
                self._no_locks,
                self._at,
                self._at,
                self._actor,
                self._actor,
                write_side.search_text(values["name"], external_id, values.get("description")),
                write_side.category_folded(values.get("category")),
                1,
            ]
        )
        told = json_text({field: [None, value] for field, value in values.items()})
        self._rows.created_told.append([values["name"], 1, "created", self._at, self._actor, *self._of, told])
        shown = {
            **self._blank,
            **values,
            "external_system": system,
            "external_product_id": external_id,
            "quota_left": values.get("quota_total"),
            "source_updated_at": source.updated_at and _shown_moment(source.updated_at),
            "sync_state": state,
        }
        if synced_at is None:
            shown["last_synced"] = None
        self._rows.created_documents.append(documents.rest_of(shown))
        self._counted[counted_of(shown)] += 1

    def update(self, product: Standing, values: Mapping[str, Any], changes: write_side.Changes, *, action: str) -> None:
        """Prepare a change of columns to values as the columns keep them, and the revision that tells of it.

        The product is expected to be still as it stands here when the rows are written.
        """
        derived = self._derived(product, values)
        columns = {name: self._stored(name, value) for name, value in values.items()} | derived
        columns["updated_at"], columns["updated_by"] = self._at, self._actor
        names = sorted(columns)
        group = self._rows.updated.setdefault(",".join(names), [])
        group.append([*(columns[name] for name in names), product.id, product.version])
        name = values.get("name", product.name)
        self._rows.updated_told.append(
            [product.id, name, product.version + 1, action, self._at, self._actor, *self._of, json_text(changes)]
        )
        shown = {name: as_json(value) for name, value in (*values.items(), *derived.items()) if name in _BLANK}
        shown |= self._shown_by
        shown["version"] = product.version + 1
        self._changes[product.id] = _Change(shown, derived.get("search_text"), values.get("deleted_at") is not None)
        if "deleted_at" in values and values["deleted_at"] is None:
            self._rows.back.append(product.id)

    def note(self, product_id: int, values: Mapping[str, Any]) -> None:
        """Prepare what is only noted of a product: it stays the same, so there is no new version and no revision."""
        names = sorted(values)
        group = self._rows.noted.setdefault(",".join(names), [])
        group.append([*(self._stored(name, values[name]) for name in names), product_id])
        # A document shows some of it, such as when the source changed the record.
        if shown := {name: as_json(value) for name, value in values.items() if name in _BLANK}:
            self._notes[product_id] = shown

    def _take_changes(self, connection: Connection) -> None:
        """Work out what is kept beside the products that change. Those that are deleted have nothing there."""
        rows = self._rows
        for *row, text in kept_beside(connection, [*self._changes, *self._notes]):
            number, change = row[0], self._changes.get(row[0])
            before = documents.shown_of(row)
            if change is None:
                rows.renewed.append([number, *documents.rest_of({**before, **self._notes[number]})])
                continue
            self._counted[counted_of(before)] -= 1
            if change.deletes:
                rows.gone.append((number, text))
                continue
            after = {**before, **change.shown}
            self._counted[counted_of(after)] += 1
            rows.documents.append([number, *documents.rest_of(after)])
            if change.text is not None and change.text != text:
                rows.texts.append((number, text, change.text))

    def _derived(self, product: Standing, values: Mapping[str, Any]) -> dict[str, Any]:
        derived: dict[str, Any] = {}
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
        # Amounts and moments: the same few come again and again.
        return lru_cache(_REMEMBERED)(lambda value: encode(stored_value(field, value)))
