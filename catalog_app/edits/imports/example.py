"""A small file that shows what columns and cells may hold."""

from collections.abc import Iterator

from catalog_app.products.tables.writing import csv_lines

_COLUMNS = (
    "external_product_id", "name", "product_type", "category", "price", "currency", "billing_cycle", "features",
    "target_segments", "lifecycle_status", "valid_from", "valid_to",
)  # fmt: skip
_ROWS = (
    ("EX-1", "Weekend 5 GB", "data", "Prepaid/Data", "19.00", "SAR", "one_time", "data_mb=5120; validity_days=3", "youth; family", "in_design", "2027-01-01", None),
    ("EX-2", "Family Share", "bundle", "Postpaid", "249.00", "SAR", "monthly", "data_mb=unlimited; voice_minutes=1000", "family", "in_design", "2027-01-01 09:00", "2027-12-31 23:59"),
)  # fmt: skip


def example() -> Iterator[bytes]:
    """Yield the file as CSV."""
    return csv_lines(_COLUMNS, _ROWS)
