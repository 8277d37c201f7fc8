"""Pages of a list by key, not by number: stable while rows come and go, and page 10,000 costs what page 1 does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import ge, gt, le, lt
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, literal, or_, tuple_
from sqlalchemy.orm import Session

from catalog_app.core.cursor import Direction, Place, SortKey, read_cursor, write_cursor

T = TypeVar("T")
_Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursors of the pages beside it; None where there is no such page."""

    items: Sequence[T]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class Stretch:
    """A part of the list in one order, from its beginning or from where the values stand.

    `empty` says whether the leading column is null in it, where it may be; None where that is no question. `end` are
    the values of the last place that still belongs to it, where it does not go on to the end of the list.
    """

    sorts: Sequence[SortKey]
    values: Sequence[Any] | None
    direction: Direction = "after"
    lead: SortKey | None = None
    empty: bool | None = None
    end: Sequence[Any] | None = None

    def key(self) -> tuple[object, ...]:
        """Return what two stretches have in common that one statement can read, with other values."""
        given = None if self.values is None else tuple(value is None for value in self.values)
        return tuple(map(str, self.sorts)), given, self.direction, self.empty, self.end is not None

    def with_places(self) -> "Stretch":
        """Return the same for a statement that is made once: each value but null is a parameter.

        Those of the beginning are named at0, at1, ..., those of the end end0, end1, ...
        """
        return replace(self, values=self._places("at", self.values), end=self._places("end", self.end))

    def _places(self, name: str, values: Sequence[Any] | None) -> Sequence[Any] | None:
        if values is None:
            return None
        return tuple(
            None if value is None else bindparam(f"{name}{number}", type_=key.column.type)
            for number, (key, value) in enumerate(zip(self.sorts, values, strict=True))
        )


@dataclass(frozen=True)
class _Term:
    """One expression to sort by, and its value at the place a cursor names."""

    expression: ColumnElement[Any]
    descending: bool
    value: ColumnElement[Any] | None = None


def page(
    session: Session, statement: Select[T], sorts: Sequence[SortKey], limit: int, cursor: str | None = None
) -> Page[T]:
    """Return the page of entities at the cursor, the first without one. One query, two where the nulls begin.

    `sorts` must end in a column that is unique, so that no two rows share a place; nulls come last, whichever way a
    column is sorted. Any order of `statement` is replaced. Raises RuleError for a cursor that is not one of ours.
    """
    fetch = _reading(lambda select: session.scalars(select).all(), statement)
    return page_of(fetch, _places_of(sorts), sorts, limit, cursor)


def page_of(
    fetch: Callable[[Stretch, int], Sequence[T]],
    values_of: Callable[[T], tuple[Any, ...]],
    sorts: Sequence[SortKey],
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """Return the same of whatever `fetch` reads: so many rows of a stretch, whose sorted values `values_of` tells."""
    place = read_cursor(cursor, sorts) if cursor else None
    backward = place is not None and place.direction != "after"
    found: list[T] = []
    for stretch in _stretches(sorts, place, backward=backward):
        if len(found) <= limit:
            found += fetch(stretch, limit + 1 - len(found))
    items, is_more = found[:limit], len(found) > limit

    def cursor_at(direction: Direction, item: T) -> str:
        return write_cursor(Place(direction, values_of(item)), sorts)

    if not backward:
        return _after(items, cursor_at, place, sorts, is_more=is_more)
    if not items:
        # Everything before this place is gone; the list now begins after it.
        return page_of(fetch, values_of, sorts, limit, None)
    items.reverse()
    return Page(items, cursor_at("after", items[-1]), cursor_at("before", items[0]) if is_more else None)


def narrowed(statement: _Rows, stretch: Stretch) -> _Rows:
    """Return the select of a stretch in its order; any order of `statement` is replaced."""
    backward, inclusive = stretch.direction != "after", stretch.direction == "until"
    order = [
        term.expression.desc() if term.descending != backward else term.expression.asc()
        for key in stretch.sorts
        for term in _terms(key)
    ]
    found = statement.order_by(None).order_by(*order)
    if stretch.lead is not None:
        column = stretch.lead.column.expression
        found = found.where(column.is_(None) if stretch.empty else column.is_not(None))
    if stretch.values is not None:
        found = found.where(_beyond(_at(stretch.sorts, stretch.values), backward=backward, inclusive=inclusive))
    if stretch.end is not None:
        found = found.where(_beyond(_at(stretch.sorts, stretch.end), backward=not backward, inclusive=True))
    return found


def _reading(read: Callable[[_Rows], Sequence[T]], statement: _Rows) -> Callable[[Stretch, int], Sequence[T]]:
    return lambda stretch, limit: read(narrowed(statement, stretch).limit(limit))


def _places_of(sorts: Sequence[SortKey]) -> Callable[[object], tuple[Any, ...]]:
    return lambda item: tuple(getattr(item, key.name) for key in sorts)


def _after(
    items: Sequence[T],
    cursor_at: Callable[[Direction, T], str],
    place: Place | None,
    sorts: Sequence[SortKey],
    *,
    is_more: bool,
) -> Page[T]:
    following = cursor_at("after", items[-1]) if is_more else None
    if place is None:
        return Page(items, following, None)
    # Past the end there is no row to go back from, so the way back begins at the place itself.
    back = cursor_at("before", items[0]) if items else write_cursor(Place("until", place.values), sorts)
    return Page(items, following, back)


def _stretches(sorts: Sequence[SortKey], place: Place | None, *, backward: bool) -> list[Stretch]:
    """Return what to read one after the other until the page is full: with a leading column that may be null, two.

    Rows with a value and rows without are each an order that one plain index walks; both together are not.
    """
    lead, rest = sorts[0], sorts[1:]
    values = None if place is None else place.values
    direction: Direction = "after" if place is None else place.direction
    if not lead.nullable:
        return [Stretch(sorts, values, direction)]
    present = Stretch((replace(lead, nullable=False), *rest), None, direction, lead, empty=False)
    absent = Stretch(rest, None, direction, lead, empty=True)
    if values is None:
        return [present, absent]
    if values[0] is None:
        begun = replace(absent, values=values[1:])
        return [begun, present] if backward else [begun]
    begun = replace(present, values=values)
    return [begun] if backward else [begun, absent]


def _terms(key: SortKey) -> list[_Term]:
    """Return what a key sorts by: for a column with nulls, first whether it is null, so that nulls come last.

    That flag goes the way of its column. So an order that goes one way throughout stays one that an index can walk
    and a row comparison can enter.
    """
    column = key.column.expression
    flag = column.is_not(None) if key.descending else column.is_(None)
    flags = [_Term(flag, key.descending)] if key.nullable else []
    return [*flags, _Term(column, key.descending)]


def _at(sorts: Sequence[SortKey], values: Sequence[Any]) -> list[_Term]:
    return [term for key, value in zip(sorts, values, strict=True) for term in _terms_at(key, value)]


def _terms_at(key: SortKey, value: Any) -> list[_Term]:
    """Return the same terms with their values at a place; among nulls the column itself tells nothing apart."""
    terms = _terms(key)
    present = value is not None
    # The flag asks "is it null?" going up and "is it not?" going down.
    flags = [present if key.descending else not present] if key.nullable else []
    values = [*flags, value] if present else flags
    return [
        _Term(term.expression, term.descending, _bound(at, term.expression))
        for term, at in zip(terms, values, strict=False)
    ]


def _bound(value: Any, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, BindParameter) else literal(value, column.type)


def _beyond(terms: Sequence[_Term], *, backward: bool, inclusive: bool) -> ColumnElement[bool]:
    """Return the condition that a row stands beyond the place, or at it where `inclusive`."""
    if len({term.descending for term in terms}) == 1:
        compare = _comparison(terms[0], backward=backward, inclusive=inclusive)
        if len(terms) == 1:
            return compare(terms[0].expression, terms[0].value)
        return compare(tuple_(*(term.expression for term in terms)), tuple_(*(term.value for term in terms)))
    first = _comparison(terms[0], backward=backward, inclusive=True)
    # The first comparison follows from the rest; it is there because an index can use it.
    return and_(
        first(terms[0].expression, terms[0].value), or_(*_levels(terms, backward=backward, inclusive=inclusive))
    )


def _levels(terms: Sequence[_Term], *, backward: bool, inclusive: bool) -> list[ColumnElement[bool]]:
    """Return one condition for each term: equal in all before it, and beyond the place in this one."""
    levels: list[ColumnElement[bool]] = []
    for index, term in enumerate(terms):
        compare = _comparison(term, backward=backward, inclusive=inclusive and index == len(terms) - 1)
        equal = [before.expression == before.value for before in terms[:index]]
        levels.append(and_(*equal, compare(term.expression, term.value)))
    return levels


def _comparison(term: _Term, *, backward: bool, inclusive: bool) -> Callable[[Any, Any], ColumnElement[bool]]:
    if term.descending != backward:
        return le if inclusive else lt
    return ge if inclusive else gt
