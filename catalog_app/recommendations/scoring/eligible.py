"""Which offers each of many customers may have: the verdict's own answer, asked once for each class of customers.

Nothing here judges. Each dimension of eligibility is asked about one customer of each class (classes.py) by the masks
that a single decision asks, too; its answer counts for all who cannot be told apart from that one.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.contacts.history import History
from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.masks.codes import YES, Codes
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.rule_judging import evaluate
from catalog_app.recommendations.batches.checking import OWNED
from catalog_app.recommendations.batches.columns import Column, Lists
from catalog_app.recommendations.scoring.classes import (
    Classes,
    RuleClasses,
    by_belongings,
    by_cuts,
    by_value,
    customer_value,
)
from catalog_app.recommendations.scoring.cuts import Cuts

Truths = NDArray[np.bool_]
Rows = NDArray[np.int64]
Columns = Mapping[str, Column]
MOST_KEPT: Final = 30_000_000
"""How many answers a dimension keeps from one block of customers to the next, a byte each."""


@dataclass(slots=True)
class _Dimension:
    """One thing that eligibility asks about: who is alike in it, and what it says to one of each class."""

    classes: Callable[[Columns, int], Classes]
    ask: Callable[[Any], Codes]
    _answers: dict[Hashable, Truths] = field(default_factory=dict)

    def narrow(self, found: Truths, columns: Columns, products: Rows) -> None:
        """Leave in `found` (customers x products) what this dimension strictly allows."""
        classes = self.classes(columns, len(found))
        answers = [self._answer(*one, products) for one in zip(classes.names, classes.examples, strict=True)]
        np.logical_and(found, np.array(answers).take(classes.codes, axis=0), out=found)

    def _answer(self, name: Hashable, example: Any, products: Rows) -> Truths:
        answer = self._answers.get(name)
        if answer is None:
            if len(self._answers) * len(products) > MOST_KEPT:
                self._answers.clear()
            answer = self._answers[name] = self.ask(example)[products] == YES
        return answer


class Eligible:
    """Answers for one state of the catalogue, what is on sale of it, and one channel (None: not told).

    `products` are the rows of the compiled catalogue that are on sale, open to the channel, and among the candidates.
    """

    def __init__(
        self, compiled: Compiled, channel: str | None, on_sale: Codes, candidates: frozenset[int] | None = None
    ) -> None:
        self._compiled = compiled
        open_to_all = (on_sale == YES) & (compiled.channel(channel) == YES)
        if candidates is not None:
            open_to_all &= np.isin(compiled.ids, sorted(candidates))
        self.products: Rows = np.flatnonzero(open_to_all)
        self._dimensions = list(self._restricting())
        self._rules = [(RuleClasses(rule), rule, places) for rule, places in self._ruled()]

    def of(self, columns: Columns, customers: int, histories: Sequence[History] | None, now: datetime) -> Truths:
        """Return customers x products: whether the verdict is yes. `histories` is None where nobody has one."""
        found = np.ones((customers, len(self.products)), np.bool_)
        for dimension in self._dimensions:
            dimension.narrow(found, columns, self.products)
        if self._rules:
            facts = {**columns, **({"customer_value": value} if (value := customer_value(columns)) is not None else {})}
            for classes, rule, places in self._rules:
                alike = classes.of(facts, customers)
                yes = np.array([evaluate(rule, example) is Outcome.YES for example in alike.examples], np.bool_)
                found[:, places] &= yes[alike.codes][:, None]
        self._narrow_by_past(found, histories, now)
        return found

    def _restricting(self) -> Iterator[_Dimension]:
        """Yield the dimensions that some product restricts: those that are unknown to one who tells nothing."""
        for dimension in self._all():
            if (dimension.ask(None)[self.products] != YES).any():
                yield dimension

    def _all(self) -> Iterator[_Dimension]:
        compiled = self._compiled
        values = Cuts(Decimal(int(cut)).scaleb(-AMOUNT_SCALE) for cut in compiled.value_cuts)
        points = Cuts(int(cut) for cut in compiled.points_cuts)
        forms = _canonical(compiled)
        yield _Dimension(lambda told, count: by_value(told.get("payment_mode"), count, _same), compiled.payment_mode)
        yield _Dimension(lambda told, count: by_value(told.get("segments"), count, _as_segments), compiled.segments)
        yield _Dimension(
            lambda told, count: by_cuts(customer_value(told), count, values, _as_value), compiled.customer_value
        )
        yield _Dimension(lambda told, count: by_cuts(told.get("points"), count, points, _as_points), compiled.points)
        yield _Dimension(
            lambda told, count: by_belongings(_owned(told), count, forms.get),
            lambda names: compiled.relations(None if names is None else _as_owned(names)),
        )

    def _ruled(self) -> Iterator[tuple[Mapping[str, Any], Rows]]:
        """Yield each different rule with its columns among the products."""
        for rule, rows in self._compiled.rules:
            places = np.flatnonzero(np.isin(self.products, rows))
            if places.size:
                yield rule, places

    def _narrow_by_past(self, found: Truths, histories: Sequence[History] | None, now: datetime) -> None:
        """Leave what a product's limit per customer and its cool-down allow; most customers have no past."""
        found &= self._past(History(), now)
        for row, history in enumerate(histories or ()):
            if history.times_taken or history.last_offered:
                found[row] &= self._past(history, now)

    def _past(self, history: History, now: datetime) -> Truths:
        limit = self._compiled.limit(history.times_taken)
        cooldown = self._compiled.cooldown(history.last_offered, now)
        allowed: Truths = np.minimum(limit, cooldown)[self.products] == YES
        return allowed


def _canonical(compiled: Compiled) -> dict[int | ProductKey, int | ProductKey]:
    """Return one name for each product that a relation names, by every form in which a customer may own it."""
    names: dict[int | ProductKey, int | ProductKey] = {}
    for named, both in compiled.targets.items():
        for form in {named, *(both or ())}:
            names[form] = both[0] if both else named
    return names


def _owned(columns: Columns) -> Lists | None:
    owned = columns.get(OWNED)
    return owned if isinstance(owned, Lists) else None


def _as_owned(names: Sequence[int | ProductKey]) -> Owned:
    ids = frozenset(name for name in names if isinstance(name, int))
    return Owned(ids, frozenset(name for name in names if not isinstance(name, int)), is_resolved=True)


def _same(value: Any) -> Any:
    return value


def _as_segments(value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(value)


def _as_value(value: Any) -> Decimal | None:
    return None if value is None else CustomerFeatures.of({"customer_value": value}).customer_value


def _as_points(value: Any) -> int | None:
    return None if value is None else CustomerFeatures.of({"points": value}).points
