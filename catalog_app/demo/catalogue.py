"""The catalogue of Tamra Mobile, an operator that does not exist: what the demo's Xiva has to sell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest

from catalog_app.demo.catalogue_notation import Json
from catalog_app.demo.catalogue_rows import FAMILIES, Row, rows
from catalog_app.demo.catalogue_tmf import write_offering
from catalog_app.demo.catalogue_variants import variants


def catalogue(count: int | None = None) -> list[Json]:
    """Return `count` TMF620 v5 product offerings, the same ones each time; without a count, all hand-written ones.

    A smaller count takes from every family in turn and keeps bundles whole; relations to products that
    were left out are dropped. A larger one adds regional editions. Raises ValueError for a negative count.
    """
    return list(offerings(count))


def offerings(count: int | None = None) -> Iterator[Json]:
    """Yield what `catalogue` returns, one by one: 100,000 take seven seconds, and in a list more than a gigabyte."""
    written = rows()
    if count is None or count == len(written):
        chosen: Iterable[Row] = written
    elif count < len(written):
        chosen = _some(written, count)
    else:
        chosen = chain(written, islice(variants(written), count - len(written)))
    return map(write_offering, chosen)


def kinds() -> dict[str, str]:
    """Return the product type of each hand-written product, which TMF620 has no field for."""
    return {row.id: row.kind for row in rows()}


def _some(written: Sequence[Row], count: int) -> list[Row]:
    if count < 0:
        raise ValueError("A catalogue cannot have fewer than 0 products")
    by_id = {row.id: row for row in written}
    chosen: set[str] = set()
    # A bundle that did not fit with all its members may fit once other bundles have brought some of them.
    while len(chosen) < count:
        for row in _by_turns(written):
            missing = _whole(row, by_id) - chosen
            if len(chosen) + len(missing) <= count:
                chosen |= missing
    return [_without_strangers(row, chosen) for row in written if row.id in chosen]


def _by_turns(written: Sequence[Row]) -> list[Row]:
    families = [[row for row in written if row.family == family] for family in FAMILIES]
    return [row for row in chain.from_iterable(zip_longest(*families)) if row is not None]


def _whole(row: Row, by_id: dict[str, Row]) -> set[str]:
    """Return the row's id with those of everything inside it."""
    return {row.id}.union(*(_whole(by_id[member.product], by_id) for member in row.members))


def _without_strangers(row: Row, known: set[str]) -> Row:
    return replace(row, relations=tuple(relation for relation in row.relations if relation.product in known))
