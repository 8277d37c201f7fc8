"""The verdict for every launched product at once: what eligibility() says one by one, as rows of numbers.

A row has one number for each product: 0 where a check says no, 1 where it is unknown, 2 where it says yes. The verdict
is the least of them. What is here must never disagree with eligibility(); a test compares them over every dimension.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.masks.bounds import ValueBounds
from catalog_app.products.masks.cards import BOUNDLESS, Card, Entry
from catalog_app.products.masks.codes import NO, UNKNOWN, YES, Codes, Mask, coded
from catalog_app.products.masks.related import Relations, TargetForms
from catalog_app.products.masks.ruled import Rules
from catalog_app.products.masks.segmented import Segmented
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import Owned
from catalog_app.products.reads import asks
from catalog_app.products.reads.documents import UNRANKED, microseconds

_REMEMBERED: Final = 512
"""So many different rows of one kind are remembered: customers differ, but not in everything."""
_OUTCOMES: Final = (Outcome.NO, Outcome.UNKNOWN, Outcome.YES)


class Compiled:
    """The launched products of the catalogue at one version, in ascending order of their ids. Never changed once made.

    `targets` are the products that relations name, in both forms (related.py).
    """

    def __init__(self, version: int, entries: Sequence[Entry], targets: TargetForms) -> None:
        self.version = version
        self.entries = entries
        columns = list(zip(*entries, strict=True)) or [()] * len(Entry._fields)
        numbers = {
            name: np.array(values, np.int64)
            for name, values in zip(Entry._fields, columns, strict=True)
            if name not in ("worth_in", "card")
        }
        self.ids, self.versions, self.worth = numbers["id"], numbers["version"], numbers["worth"]
        self.worth_in = columns[Entry._fields.index("worth_in")]
        self.cards: Sequence[Card] = columns[Entry._fields.index("card")]
        self._quota, self._asks = numbers["quota"], numbers["asks"]
        self._sale_from, self._sale_to = numbers["sale_from"], numbers["sale_to"]
        self._bounds = ValueBounds(numbers["least"], numbers["most"])
        self._points, self._limit, self._cooldown = numbers["points"], numbers["limit"], numbers["cooldown"]
        self._segments = Segmented(self.cards)
        self._relations = Relations(self.cards, targets)
        self._rules = Rules(self.cards)
        self._sale: tuple[int, int, Codes] | None = None
        self._rows: dict[tuple[int, Any], Codes] = {}
        self._together: dict[tuple[int, ...], tuple[tuple[Codes, ...], Codes]] = {}

    @cached_property
    def row_of(self) -> Mapping[int, int]:
        """Which row a product has, by its id."""
        return {number: row for row, number in enumerate(self.ids.tolist())}

    @cached_property
    def targets(self) -> TargetForms:
        """The products that relations name, in both forms."""
        return self._relations.targets

    @property
    def size(self) -> int:
        return len(self.entries)

    def eligible(self, customer: CustomerFeatures, now: datetime, channel: str | None = None) -> Mask:
        """Return for which products the verdict is yes."""
        return np.equal(self.outcomes(customer, now, channel), YES)

    def not_refused(self, customer: CustomerFeatures, now: datetime, channel: str | None = None) -> Mask:
        """Return for which products the verdict is yes or unknown."""
        return np.not_equal(self.outcomes(customer, now, channel), NO)

    def outcomes(self, customer: CustomerFeatures, now: datetime, channel: str | None = None) -> Codes:
        """Return the verdict on every product. What is owned is completed as `resolve_owned` does it, without a query."""
        alike = (
            self.on_sale(now),
            self.channel(channel),
            self.payment_mode(customer.payment_mode),
            self.segments(customer.segments),
        )
        found = np.minimum(self._least_of(alike), self.customer_value(customer.customer_value))
        # Few catalogues restrict by what follows; where none of their products does there is nothing to compare.
        if self._relations:
            np.minimum(found, self.relations(customer.owned), out=found)
        if self._restricts & asks.POINTS:
            np.minimum(found, self.points(customer.points), out=found)
        if self._restricts & asks.LIMIT:
            np.minimum(found, self.limit(customer.times_taken), out=found)
        if self._restricts & asks.COOLDOWN:
            np.minimum(found, self.cooldown(customer.last_offered, now), out=found)
        self._rules.narrow(found, customer.facts)
        return found

    def first_reasons(
        self, customer: CustomerFeatures, now: datetime, channel: str | None, rows: NDArray[np.int64]
    ) -> Counter[str]:
        """Return how many of these products are first spoken against by which check, by its code."""
        found: Counter[str] = Counter()
        left = rows
        for code, codes in self._checks(customer, now, channel):
            against = codes[left] != YES
            if against.any():
                found[code] += int(against.sum())
                left = left[~against]
        return found

    def _checks(self, customer: CustomerFeatures, now: datetime, channel: str | None) -> Iterator[tuple[str, Codes]]:
        moment = microseconds(now)
        yield "window", coded((self._sale_from <= moment) & (moment < self._sale_to))
        yield "quota", coded(self._quota > 0)
        yield "channel", self.channel(channel)
        yield "payment_mode", self.payment_mode(customer.payment_mode)
        yield "customer_value", self.customer_value(customer.customer_value)
        yield "segments", self.segments(customer.segments)
        yield "relations", self.relations(customer.owned)
        yield "points", self.points(customer.points)
        yield "limit", self.limit(customer.times_taken)
        yield "cooldown", self.cooldown(customer.last_offered, now)
        yield "rule", self.rule(customer.facts)

    def outcome(self, code: int) -> Outcome:
        """Return an outcome of a row as the verdict names it."""
        return _OUTCOMES[code]

    def _least_of(self, rows: tuple[Codes, ...]) -> Codes:
        """Return the least of rows that are the same for many customers, remembered by which rows they are."""
        key = tuple(map(id, rows))
        known = self._together.get(key)
        if known is None:
            if len(self._together) >= _REMEMBERED:
                self._together.clear()
            # The rows are kept beside it, so that no other row can have their identity.
            known = self._together[key] = rows, np.minimum.reduce(rows)
        return known[1]

    def on_sale(self, now: datetime) -> Codes:
        """Return what availability says: lifecycle, switch, window, missing at source, quota."""
        moment, kept = microseconds(now), self._sale
        if kept is not None and kept[0] <= moment < kept[1]:
            return kept[2]
        row = coded((self._sale_from <= moment) & (moment < self._sale_to) & (self._quota > 0))
        edges = np.concatenate((self._sale_from, self._sale_to, (-BOUNDLESS, BOUNDLESS)))
        # It stays like this until the next window opens or closes.
        self._sale = int(edges[edges <= moment].max()), int(edges[edges > moment].min()), row
        return row

    def channel(self, channel: str | None) -> Codes:
        """Return what the channels of the products say to this one."""
        bit = None if channel is None else asks.CHANNELS.get(channel, 0)
        return self._by_bit(asks.CHANNEL, bit)

    def payment_mode(self, mode: str | None) -> Codes:
        """Return what the payment modes of the products say to this one."""
        bit = None if mode is None else asks.MODES.get(mode, 0)
        return self._by_bit(asks.PAYMENT_MODE, bit)

    def customer_value(self, value: Decimal | None) -> Codes:
        """Return what the bounds of the products say to this value; both bounds are inclusive."""
        return self._not_told(asks.CUSTOMER_VALUE) if value is None else self._bounds.codes(value)

    def segments(self, segments: frozenset[str] | None) -> Codes:
        """Return what targets and exclusions say to a customer in these segments."""
        if segments is None:
            return self._not_told(asks.SEGMENTS)
        return self._segments.codes(segments)

    def relations(self, owned: Owned | None) -> Codes:
        """Return what requirements and exclusions say to a customer who owns this."""
        return self._not_told(asks.RELATIONS) if owned is None else self._relations.codes(owned)

    def points(self, points: int | None) -> Codes:
        """Return what the products cost in points against what the customer has."""
        if points is None:
            return self._not_told(asks.POINTS)
        key = asks.POINTS, bisect_right(self._points_cuts, points)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = coded(self._points <= min(points, BOUNDLESS))
        return row

    def limit(self, times_taken: Mapping[int, int] | None) -> Codes:
        """Return what the limits per customer say to how often each product (by id) was taken."""
        if times_taken is None:
            return self._not_told(asks.LIMIT)
        reached = [
            place
            for number, taken in times_taken.items()
            if (place := self.row_of.get(number)) is not None and 0 <= self._limit[place] <= taken
        ]
        return _without(self._never_taken, reached)

    def cooldown(self, last_offered: Mapping[int, datetime] | None, now: datetime) -> Codes:
        """Return what the cool-downs say to when each product (by id) was offered last."""
        if last_offered is None:
            return self._not_told(asks.COOLDOWN)
        cooling = [
            place
            for number, last in last_offered.items()
            if (place := self.row_of.get(number)) is not None
            and (days := int(self._cooldown[place]))
            and now - last < timedelta(days=days)
        ]
        return _without(self._never_offered, cooling)

    def rule(self, facts: Mapping[str, Any]) -> Codes:
        """Return what the products' own rules say to these attributes; equal rules are judged once."""
        return self._rules.codes(facts)

    @property
    def value_cuts(self) -> NDArray[np.int64]:
        """The customer values, in ten-thousandths, at which a bound begins or ends, ascending."""
        return self._bounds.cuts

    @cached_property
    def _points_cuts(self) -> list[int]:
        cuts: list[int] = self.points_cuts.tolist()
        return cuts

    @cached_property
    def _never_taken(self) -> Codes:
        return coded(self._limit != 0)

    @cached_property
    def _never_offered(self) -> Codes:
        return np.full(self.size, YES, np.uint8)

    @cached_property
    def points_cuts(self) -> NDArray[np.int64]:
        """The prices in points, ascending."""
        return np.unique(self._points[self._points > 0])

    @cached_property
    def rules(self) -> Sequence[tuple[Mapping[str, Any], NDArray[np.int64]]]:
        """Each different rule with the rows of the products that have it."""
        return tuple(self._rules.different())

    @property
    def rule_attributes(self) -> frozenset[str]:
        """The attributes of customers that the rules read."""
        return self._rules.attributes

    def by_worth(self, base_currency: str) -> NDArray[np.int64]:
        """Return the rows in the order in which available/ lists them: by worth, then by id."""
        order = np.lexsort((self.ids, -self.worth, ~self.is_ranked(base_currency)))
        return np.asarray(order, np.int64)

    def is_ranked(self, base_currency: str) -> Mask:
        """Return which products have a worth that compares: one that people gave, or a price in the base currency."""
        return np.array([kind != UNRANKED and kind in ("", base_currency) for kind in self.worth_in], np.bool_)

    @cached_property
    def _restricts(self) -> int:
        return int(np.bitwise_or.reduce(self._asks)) if self.size else 0

    def _by_bit(self, check: int, bit: int | None) -> Codes:
        if bit is None:
            return self._not_told(check)
        row = self._rows.get((check, bit))
        if row is None:
            row = self._rows[check, bit] = coded((self._asks & check == 0) | (self._asks & bit != 0))
        return row

    def _not_told(self, check: int) -> Codes:
        """Return what is unknown where the caller gave nothing for a dimension that a product restricts."""
        row = self._rows.get((check, None))
        if row is None:
            row = np.where(self._asks & check, UNKNOWN, YES).astype(np.uint8)
            self._rows[check, None] = row
        return row


def _without(row: Codes, places: Sequence[int]) -> Codes:
    """Return the row with NO at these places; the row itself, which nobody writes to, where there are none."""
    if places:
        row = row.copy()
        row[places] = NO
    return row
