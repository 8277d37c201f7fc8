"""A catalogue of any size, written at once: names and descriptions as operators write them, in several scripts.

The same number always gives the same product, so that two runs measure the same thing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine

from benchmarks.wording import LANGUAGES, Language
from catalog_app.core.bulk_sql import Stored, encoders, insert_rows, is_postgresql, large_cache
from catalog_app.core.db import WRITING, Base
from catalog_app.products.changes import category_folded, search_text, sync_state
from catalog_app.products.counters import recount
from catalog_app.products.models import Product
from catalog_app.products.reads import filling
from catalog_app.products.schema import DEFAULTS, FIELDS, stored_value
from catalog_app.products.search import search_index

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 20_000
_MIX = 2_654_435_761
"""Knuth's multiplier: it spreads consecutive numbers over all of 32 bits."""

_TYPES = ("data",) * 4 + ("voice",) * 2 + ("addon",) * 2 + ("bundle", "sms", "device", "service", "reward", "voucher")
_STATUSES = ("launched",) * 13 + ("retired",) * 3 + ("suspended", "in_test", "in_design", "obsolete")
_SYSTEMS = ("xiva",) * 6 + ("crm",) * 2 + ("billing", "manual")
_CHANNELS: tuple[list[str], ...] = ([], [], ["sms", "app"], ["web", "shop"], ["ussd"], ["email", "push", "app"])
_SEGMENTS: tuple[list[str], ...] = ([], [], [], ["mass"], ["premium"], ["premium", "business"], ["youth"])


def seed(engine: Engine, count: int) -> None:
    """Add so many products to a catalogue that has none, with all that is kept beside them.

    About 15 seconds and a quarter of a gigabyte for 100,000 products on SQLite.
    """
    with engine.connect().execution_options(**{WRITING: True}) as connection, large_cache(connection):
        _insert(connection, count)
        filling.fill(connection)
        search_index.fill(connection)
        recount.fill(connection)
        connection.commit()
    _settle(engine)


def rows(numbers: range, encoding: Any) -> Iterator[list[Stored]]:
    """Yield the row of each product, as the database keeps it."""
    for number in numbers:
        values = values_of(number)
        yield [
            None if (value := values[name]) is None else value if encode is None else encode(value)
            for name, encode in encoding
        ]


def values_of(number: int) -> dict[str, Any]:
    """Return the columns of one product."""
    mixed = number * _MIX & 0xFFFF_FFFF
    language = LANGUAGES[mixed % len(LANGUAGES)]
    system, status = _pick(_SYSTEMS, mixed >> 3), _pick(_STATUSES, mixed >> 7)
    external_id = f"PO-{number:07}"
    name, description = language.name(mixed, number), language.description(mixed >> 5)
    category = _pick(language.categories, mixed >> 9)
    at = _BEGIN + timedelta(seconds=mixed % 20_000_000)
    begins = mixed % 700 - 300 if mixed % 2 else None
    ends = (begins or 0) + 1 + (mixed >> 5) % 900 if mixed % 5 == 0 else None
    quota = mixed % 500 if _pick(_TYPES, mixed >> 11) in {"reward", "voucher"} else None
    said = {
        "name": name,
        "short_name": name[:40],
        "description": description,
        "translations": _translations(language, mixed),
        "product_type": _pick(_TYPES, mixed >> 11),
        "payment_mode": _pick(("any", "prepaid", "postpaid"), mixed >> 13),
        "category": category,
        "price": f"{mixed % 400}.{mixed % 4}5",
        "currency": "SAR",
        "recurring": mixed % 3 > 0,
        "billing_cycle": _pick(("monthly", "weekly", "one_time"), mixed >> 15),
        "features": {"data_mb": mixed % 200 * 512, "voice_minutes": mixed % 60 * 50, "validity_days": 30},
        "attributes": {"brand": "Tamra", "terms_url": f"https://tamra.example/terms/{number % 90}"},
        "prices": [] if mixed % 4 else [_ACTIVATION],
        "lifecycle_status": status,
        "is_available": mixed % 17 > 0,
        "valid_from": None if begins is None else (_BEGIN + timedelta(days=begins)).isoformat(),
        "valid_to": None if ends is None else (_BEGIN + timedelta(days=ends)).isoformat(),
        "target_segments": _pick(_SEGMENTS, mixed >> 17),
        "channels": _pick(_CHANNELS, mixed >> 19),
        "min_customer_value": f"{mixed % 1500}" if mixed % 6 == 0 else None,
        "quota_total": quota,
    }
    locks = {"name": {"by": "bench", "at": "2026-05-01T00:00:00Z", "reason": None}} if mixed % 50 == 0 else {}
    missing = at if mixed % 90 == 0 and system != "manual" else None
    return {
        "id": number,
        **{field: stored_value(field, said.get(field, DEFAULTS.get(field))) for field in FIELDS},
        "external_system": system,
        "external_product_id": external_id,
        "quota_left": quota,
        "sync_state": sync_state(system, locks, is_missing=missing is not None),
        "last_synced": at,
        "missing_since": missing,
        "source_hash": f"{mixed:064x}",
        "source_values": None,
        "field_locks": locks,
        "version": 1,
        "created_at": at,
        "updated_at": at + timedelta(seconds=mixed % 4_000_000),
        "created_by": "bench",
        "updated_by": "bench",
        "search_text": search_text(name, external_id, description),
        "category_folded": category_folded(category),
    }


_ACTIVATION = {
    "name": "Activation", "price_type": "one_time", "amount": "25", "currency": "SAR", "billing_cycle": "one_time",
    "tax_included": True, "tax_rate": None, "valid_from": None, "valid_to": None,
}  # fmt: skip


def _pick(choices: Sequence[Any], mixed: int) -> Any:
    return choices[mixed % len(choices)]


def _translations(language: Language, mixed: int) -> dict[str, Any]:
    return {language.code: {"name": language.name(mixed, 0)}} if mixed % 8 == 0 else {}


def _insert(connection: Connection, count: int) -> None:
    table = Base.metadata.tables[Product.__tablename__]
    columns = list(values_of(1))
    by_name = encoders(table, connection.dialect)
    made = rows(range(1, count + 1), [(name, by_name[name]) for name in columns])
    while batch := list(islice(made, _BATCH)):
        insert_rows(connection, table, columns, batch)
    if is_postgresql(connection):
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('product', 'id'), max(id)) FROM product")


def _settle(engine: Engine) -> None:
    """Leave the database as it is after a while of use: its statistics fresh, its log written back."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if is_postgresql(connection):
            connection.exec_driver_sql("VACUUM ANALYZE")
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
