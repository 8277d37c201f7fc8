"""Which way to find a page: asked of the index, of the counters and of a sample, before the page itself is read.

Only SQLite is told. PostgreSQL keeps statistics of its own, and its planner was right wherever it was measured but for
the orders by words: there the beginning is tried first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog_app.core.cursor import SortKey
from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import count_by
from catalog_app.products.filters import ProductFilters
from catalog_app.products.search.conditions import MATCH, WORD, pattern, pattern_names, word_names
from catalog_app.products.search.grams import SIZE
from catalog_app.products.search.questions import question_of, share_of
from catalog_app.products.search.selects import BY_WORDS, SAMPLED, Shape, statement
from catalog_app.products.search.ways import Choice, Facts, Way, best_way

_FEW: Final = 1_000
"""So many matches are gathered and sorted without asking further."""
_SAMPLE: Final = 100
_COMMON: Final = 0.05
_UNKNOWN: Final = 0.05
"""What filters are taken to leave where that was not looked at."""
_FIRST: Final = "SELECT rowid FROM product_search WHERE product_search MATCH ? LIMIT ?"
_TRIALS: Final = (1_000, 4_000, 16_000, 64_000)
"""So far PostgreSQL walks an order by words before it collects and sorts."""
_FEW_ON_POSTGRESQL: Final = 500
"""Unless no more products than these hold what is searched for."""
_NARROWING: Final = ("product_type", "lifecycle_status")
"""The filters that an index of a sort order tells apart."""
_LEADING: Final = (("product_type", "lifecycle_status"), ("lifecycle_status",), ("external_system",))
"""The filters by which a database index gives products."""


@dataclass(frozen=True)
class Plan:
    """The way to go, the filters besides the search, how many words are looked for, and what the parameters hold.

    Before that, so many steps of the sort order are tried, and so many more.
    """

    way: Way | None
    filters: ProductFilters
    words: int
    given: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[int, ...] = ()


def plan(
    reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], *, wanted: int, given: Mapping[str, Any]
) -> Plan:
    """Return how to find pages of this size; `given` are the parameters of the filters besides the search."""
    words, others = filters.words, filters.besides_search()
    lead = sorts[0].name
    if reader.is_postgresql:
        return _on_postgresql(filters, _TRIALS if words and lead in BY_WORDS and _are_many(reader, words) else ())
    if not words:
        return Plan(Way.WALK if lead == "id" else Way.SIFT, others, 0)
    common = share_of(reader, words) if any(len(word) < SIZE for word in words) else 0.0
    is_plain = lead == "id" and not others
    question = None if is_plain and common > _COMMON else question_of(reader, words)
    values = {MATCH: question, **dict(zip(word_names(len(words)), words, strict=True))}
    if is_plain:
        return Plan(Way.WALK if question is None else Way.STREAM, others, len(words), values)
    facts = _facts(reader, others, lead, wanted, common, {**given, **values})
    choice = Choice(Way.COLLECT) if facts is None else best_way(facts)
    return Plan(choice.way, others, len(words), values, choice.trials)


def _facts(
    reader: Reader, filters: ProductFilters, lead: str, wanted: int, common: float, given: Mapping[str, Any]
) -> Facts | None:
    """Return what the choice goes by; None where the index finds so few that no choice is needed."""
    products = float(reader.value("SELECT max(id) FROM product") or 0)
    is_indexed = given[MATCH] is not None
    matches, share = common * products, _UNKNOWN
    if is_indexed:
        found = [row[0] for row in reader.rows(_FIRST, (given[MATCH], _FEW + 1))]
        if len(found) <= _FEW:
            return None
        # As many to a thousand products as among the first.
        matches, share = len(found) * products / found[-1], _share(reader, filters, found, given)
    return Facts(
        wanted=wanted,
        by_id=lead == "id",
        by_words=lead in BY_WORDS,
        is_indexed=is_indexed,
        products=products,
        matches=matches,
        share=share,
        filtered=_filtered(reader, filters),
        looked_at=_looked_at(reader, filters, products),
    )


def plan_of_count(reader: Reader, filters: ProductFilters) -> Plan:
    """Return how to count what fits."""
    words, others = filters.words, filters.besides_search()
    if reader.is_postgresql:
        return _on_postgresql(filters)
    question = question_of(reader, words) if words else None
    values = {MATCH: question, **dict(zip(word_names(len(words)), words, strict=True))}
    return Plan(Way.SIFT if question is None else Way.COLLECT, others, len(words), values)


def _on_postgresql(filters: ProductFilters, trials: tuple[int, ...] = ()) -> Plan:
    names = word_names(len(filters.words))
    given = {
        **dict(zip(names, filters.words, strict=True)),
        **dict(zip(pattern_names(len(names)), map(pattern, filters.words), strict=True)),
    }
    return Plan(None, filters.besides_search(), len(filters.words), given, trials)


def _are_many(reader: Reader, words: Sequence[str]) -> bool:
    """Return whether many products hold one of the words; whether they do is soon seen where they do."""
    either = " OR ".join(["text LIKE %s"] * len(words))
    found = f"SELECT count(*) FROM (SELECT FROM product_search WHERE {either} LIMIT %s) AS found"  # noqa: S608  # places
    # Planned with these words, as the page is (finder.py).
    values = [*map(pattern, words), _FEW_ON_POSTGRESQL]
    row = reader.connection.execute(found, values, prepare=False).fetchone()
    return bool(row[0] == _FEW_ON_POSTGRESQL)


def _share(reader: Reader, filters: ProductFilters, matches: Sequence[int], given: Mapping[str, Any]) -> float:
    """Return which share of the matches hold a word and pass the filters; none at all is said where none was seen."""
    sample = matches[:: -(-len(matches) // _SAMPLE)]
    words = sum(name.startswith(WORD) for name in given)
    shape = Shape(Way.SIFT, words, tuple(active.shape for active in filters.active), SAMPLED, filters, None)
    ids = ", ".join(map(str, sample))
    return len(statement(shape).rows(reader, {**given, SAMPLED: f"[{ids}]"})) / len(sample)


def _filtered(reader: Reader, filters: ProductFilters) -> float | None:
    """Return how many products the best database index gives for the filters, None where there is none for them."""
    by_name = _values_of(filters)
    for names in _LEADING:
        if all(name in by_name for name in names):
            return float(count_by(reader, {name: by_name[name] for name in names}))
    return None


def _looked_at(reader: Reader, filters: ProductFilters, products: float) -> float:
    """Return which share of the products the indexes of the sort orders do not rule out."""
    narrowing = {name: values for name, values in _values_of(filters).items() if name in _NARROWING}
    return count_by(reader, narrowing) / max(products, 1.0) if narrowing else 1.0


def _values_of(filters: ProductFilters) -> dict[str, tuple[Any, ...]]:
    by_name = {active.filter.name: active.values for active in filters.active}
    if "is_active" in by_name and by_name["is_active"] == (True,):
        by_name.setdefault("lifecycle_status", ("launched",))
    return by_name
