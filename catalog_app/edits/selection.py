"""Which products an edit is about: some that were picked, or all that match the filters of a list."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeVarTuple
from urllib.parse import parse_qs

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.filters import PAGE_FILTERS, ProductFilters, parse_filters
from catalog_app.products.models import Product

MOST_PICKED: Final = 1000
_AT_ONCE: Final = 10_000
_MAX_DIGITS: Final = 10
_OF_THE_LIST: Final = frozenset({"sort", "limit", "cursor", "at", "count"})
"""What an address of the list says besides: nothing about which products they are."""
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True)
class Selection:
    """Products by their numbers, or the query string of a list. It is looked up when the plan is made, not before."""

    ids: tuple[int, ...] | None = None
    query: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, Sequence[str]]) -> Self:
        """Return what a form or an address asks for; raise RuleError where that is nothing or cannot be."""
        if (sent.get("all") or [""])[0] == "1":
            return cls(None, _filters_of((sent.get("query") or [""])[0]).query())
        ids = {
            int(text)
            for text in sent.get("ids", ())
            if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        }
        ids = {number for number in ids if 0 < number <= MAX_INT}
        if not ids:
            raise RuleError({"ids": Sentence("Select at least one product first.")})
        if len(ids) > MOST_PICKED:
            raise RuleError({"ids": Sentence("Pick at most %(most)d products, or all that match.", most=MOST_PICKED)})
        return cls(tuple(sorted(ids)))

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> Self:
        """Return the selection that a plan was asked for with."""
        ids = request.get("ids")
        return cls(None if ids is None else tuple(ids), request.get("query", ""))

    def document(self) -> dict[str, Any]:
        """Return the same as a plan keeps it."""
        return {"query": self.query} if self.ids is None else {"ids": list(self.ids)}

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of a form that asks for the same."""
        if self.ids is None:
            return [("all", "1"), ("query", self.query)]
        return [("ids", str(number)) for number in self.ids]

    def filters(self) -> ProductFilters:
        """Return the filters of the query."""
        return _filters_of(self.query)

    def narrowed(self, statement: Select[*Ts], now: datetime) -> Select[*Ts]:
        """Return a select of products narrowed to the selection."""
        living = statement.where(Product.deleted_at.is_(None))
        return self.filters().narrow(living, now) if self.ids is None else living.where(Product.id.in_(self.ids))

    def count(self, session: Session, now: datetime) -> int:
        """Return how many products there are of it now."""
        counted: int = session.execute(self.narrowed(select(func.count()).select_from(Product), now)).scalar_one()
        return counted

    def currencies(self, session: Session, now: datetime) -> list[tuple[str, int]]:
        """Return in which currencies its prices are, and how many in each, the most frequent first."""
        query = self.narrowed(select(Product.currency, func.count()), now).where(Product.currency.is_not(None))
        rows = session.execute(query.group_by(Product.currency)).all()
        return sorted(((code, count) for code, count in rows if code), key=lambda pair: (-pair[1], pair[0]))

    def numbers(self, session: Session, now: datetime) -> Sequence[int]:
        """Return the numbers of its products in order, all of one moment: eight bytes each."""
        if self.ids is not None:
            return self.ids
        found = array("l")
        query = self.narrowed(select(Product.id), now).order_by(Product.id)
        result = session.connection().execute(query, execution_options={"yield_per": _AT_ONCE})
        for rows in result.scalars().partitions():
            found.extend(rows)
        return found


def _filters_of(query: str) -> ProductFilters:
    """Return the filters of a query string; raise RuleError for one that there is not.

    The list passes over what it does not know, and shows more. An edit would change more than was meant.
    """
    parameters = parse_qs(query.lstrip("?"), keep_blank_values=True)
    known = {declared.name for declared in PAGE_FILTERS} | _OF_THE_LIST
    if unknown := sorted(parameters.keys() - known):
        words = Sentence("There is no such filter: %(name)s. Nothing was selected.", name=unknown[0][:50])
        raise RuleError({"query": words})
    return parse_filters(parameters, ignore_unknown=True)
