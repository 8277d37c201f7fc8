"""What a test of a connection found, as a page shows it: our names for the fields, and words for the values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.events.diffs import said
from catalog_app.products.labels import field_label
from catalog_app.sync.systems.probe import Probe, ProbedRecord

SHOWN: Final = 10
COLUMNS: Final = ("name", "product_type", "category", "price")


@dataclass(frozen=True)
class PreviewRow:
    """A record as the product that it would become; `cells` stand in the order of the heads."""

    external_product_id: str | None
    cells: tuple[str, ...]
    lifecycle_status: str


@dataclass(frozen=True)
class Preview:
    """The first records that could be mapped, every field of the first one, and the first that could not."""

    heads: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    first: tuple[tuple[str, str], ...]
    rejected: tuple[tuple[str | None, str, str], ...]


def preview_of(probe: Probe) -> Preview:
    """Return the preview of a first page."""
    return Preview(
        heads=tuple(_label(name) for name in COLUMNS),
        rows=tuple(map(_row, probe.mapped[:SHOWN])),
        first=tuple(_lines(probe.mapped[0].values or {})) if probe.mapped else (),
        rejected=tuple(
            (record.external_product_id, _label(record.field or ""), record.reason or "")
            for record in probe.rejected[:SHOWN]
        ),
    )


def _row(record: ProbedRecord) -> PreviewRow:
    values = record.values or {}
    cells = tuple(said(name, values.get(name), values.get("currency")) for name in COLUMNS)
    return PreviewRow(record.external_product_id, cells, str(values.get("lifecycle_status")))


def _lines(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if value not in (None, "", [], {}):
            yield _label(name), said(name, value, values.get("currency"))


def _label(path: str) -> str:
    return field_label(path) or path
