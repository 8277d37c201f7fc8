"""Offers for many customers at once: the same eligibility, model and arbitration as one decision, as matrices.

Nothing is left to chance and no single decision is written down. Numbers are of single precision: priorities agree with
those of a decision to about six digits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.products.owned import ProductKey
from catalog_app.recommendations.batches.checking import OWNED
from catalog_app.recommendations.batches.columns import UNTOLD, Block, Coded, Column, Lists, taken
from catalog_app.recommendations.batches.offers import Offers
from catalog_app.recommendations.features import product_features
from catalog_app.recommendations.learning.aligned import Aligned
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.models import BY_VALUE
from catalog_app.recommendations.scoring.contacting import Known
from catalog_app.recommendations.scoring.eligible import Eligible, Rows, Truths
from catalog_app.recommendations.scoring.grounds import Grounds
from catalog_app.recommendations.scoring.matrix import ScoreMatrix, holdings_of

Floats = NDArray[np.float32]
CELLS: Final = 300_000
"""Customers times products that are worked on together: what a processor keeps near (measured)."""
NOT_OFFERED: Final = np.float32(-1)
"""Below every priority."""

KeyNumbers = Callable[[Sequence[ProductKey]], Mapping[ProductKey, int]]
"""Finds the numbers of products that are named as their source does."""
Contacts = Callable[[Sequence[str], str | None], Sequence[Known] | None]
"""Finds what the contacts know of customers and a channel; None where they know nothing that counts for anybody."""


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """What of a batch is the same for all of it; a row's own `channel` or `context` comes before these."""

    limit: int
    channel: str | None = None
    context: str | None = None
    candidates: frozenset[int] | None = None


class Batch:
    """Scores blocks on the same grounds. Made anew where the grounds have moved."""

    def __init__(self, grounds: Grounds, asked: BatchAsked, numbers_of: KeyNumbers, contacts: Contacts) -> None:
        self.grounds = grounds
        self._asked, self._numbers_of, self._contacts = asked, numbers_of, contacts
        self._parts: dict[tuple[str | None, str | None], _Part] = {}

    def offers(self, block: Block, now: datetime) -> Offers:
        """Return the offers of every customer of a checked block, as of `now`."""
        found = [self._part(*named, now).offers(block, rows, now) for named, rows in self._named(block)]
        customers, ranks, products, priorities, propensities = (
            np.concatenate([part[place] for part in found] or [np.zeros(0)]) for place in range(5)
        )
        order = np.argsort(customers, kind="stable")
        live = self.grounds.live
        return Offers(
            block,
            customers[order].astype(np.int64),
            ranks[order].astype(np.int64),
            products[order].astype(np.int64),
            priorities[order],
            propensities[order] if self._has_propensity else None,
            BY_VALUE if live is None else live.model.basis,
            None if live is None else live.version,
        )

    @property
    def _has_propensity(self) -> bool:
        return self.grounds.live is not None

    def _part(self, channel: str | None, context: str | None, now: datetime) -> "_Part":
        part = self._parts.get((channel, context))
        if part is None or not part.stands(now):
            asked = BatchAsked(self._asked.limit, channel, context, self._asked.candidates)
            part = self._parts[channel, context] = _Part(self.grounds, asked, now, self._numbers_of, self._contacts)
        return part

    def _named(self, block: Block) -> Iterator[tuple[tuple[str | None, str | None], Rows]]:
        """Yield the rows of each channel and context."""
        channels, contexts = block.columns.get("channel"), block.columns.get("context")
        told = [_words(channels, self._asked.channel, len(block)), _words(contexts, self._asked.context, len(block))]
        names, codes = told[0][0], told[0][1] * len(told[1][0]) + told[1][1]
        for code in np.unique(codes).tolist():
            channel, context = divmod(code, len(told[1][0]))
            yield (names[channel], told[1][0][context]), np.flatnonzero(codes == code)


def _words(column: Column | None, otherwise: str | None, count: int) -> tuple[Sequence[str | None], Rows]:
    if not isinstance(column, Coded):
        return (otherwise,), np.zeros(count, np.int64)
    words = [*map(str, column.values), otherwise]
    return words, np.where(column.codes == UNTOLD, len(words) - 1, column.codes)


class _Part:
    """The customers of one channel and context."""

    def __init__(
        self, grounds: Grounds, asked: BatchAsked, now: datetime, numbers_of: KeyNumbers, contacts: Contacts
    ) -> None:
        self._grounds, self._asked = grounds, asked
        self._numbers_of, self._contacts = numbers_of, contacts
        self._sale = grounds.compiled.on_sale(now)
        self._eligible = Eligible(grounds.compiled, asked.channel, self._sale, asked.candidates)
        products = self._eligible.products
        self._ids = grounds.compiled.ids[products]
        self._weight = _weights(grounds, asked, products)
        self._matrix = None if grounds.live is None else ScoreMatrix(_aligned(grounds, grounds.live.model, products))
        self._once_only = np.where(np.array(grounds.repeatable, np.bool_)[products], -1, np.arange(len(products)))

    def stands(self, now: datetime) -> bool:
        """Return whether the same products are on sale as when it was made."""
        return self._grounds.compiled.on_sale(now) is self._sale

    def offers(self, block: Block, rows: Rows, now: datetime) -> tuple[NDArray[Any], ...]:
        """Return customer (row of the block), rank, product id, priority and propensity of each offer."""
        whole = len(rows) == len(block)
        columns = block.columns if whole else taken(block.columns, rows)
        features = {**columns, **(block.flat if whole else taken(block.flat, rows))}
        customers = block.customers if whole else [block.customers[row] for row in rows]
        known = self._contacts(customers, self._asked.channel)
        eligible = self._eligible.of(columns, len(rows), None if known is None else [one.history for one in known], now)
        owners, numbers = self._owned(columns)
        self._leave_out(eligible, owners, numbers, known, now)
        inputs = None if self._matrix is None else self._matrix.encode(features, len(rows))
        held = None if self._matrix is None else holdings_of(owners, numbers, self._matrix.model, len(rows))
        step = max(1, CELLS // max(1, len(self._ids)))
        parts = []
        for start in range(0, len(rows), step):
            some = slice(start, min(start + step, len(rows)))
            propensity = None
            if self._matrix is not None and inputs is not None and held is not None:
                propensity = self._matrix.propensities(inputs[some], held.take(np.arange(some.start, some.stop)))
            parts.append(self._best(rows[some], eligible[some], propensity))
        return tuple(np.concatenate([part[place] for part in parts]) for place in range(5))

    def _best(self, rows: Rows, eligible: Truths, propensity: Floats | None) -> tuple[NDArray[Any], ...]:
        """Return the first offers of some customers; of equal priorities the lower product id comes first."""
        uses_model = self._grounds.standing.use_propensity
        likely = propensity if propensity is not None and uses_model else np.ones((len(rows), 1), np.float32)
        priorities = likely * self._weight
        # Times 1 and plus 0, or times 0 and minus 1: several times as fast as to set what is not offered.
        allowed = eligible.view(np.uint8).astype(np.float32)
        priorities *= allowed
        priorities += allowed - 1
        every, found = np.arange(len(rows)), []
        for rank in range(1, min(self._asked.limit, len(self._ids)) + 1):
            place = priorities.argmax(1)
            priority = priorities[every, place]
            priorities[every, place] = NOT_OFFERED
            good = np.flatnonzero(priority > NOT_OFFERED)
            if not good.size:
                break
            told = np.ones(len(good), np.float32) if propensity is None else propensity[good, place[good]]
            found.append((rows[good], np.full(len(good), rank), self._ids[place[good]], priority[good], told))
        return tuple(np.concatenate([one[part] for one in found] or [np.zeros(0)]) for part in range(5))

    def _owned(self, columns: Mapping[str, Column]) -> tuple[Rows, Rows]:
        """Return who owns what: rows, and the numbers of the products that the catalogue knows."""
        owned = columns.get(OWNED)
        if not isinstance(owned, Lists):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if owned.values is None:
            return owned.owners, owned.entries
        keys = [one for one in owned.values if isinstance(one, tuple)]
        numbers = self._numbers_of(keys) if keys else {}
        known = [one if isinstance(one, int) else numbers.get(one, -1) for one in owned.values]
        return owned.owners, np.array(known, np.int64)[owned.entries] if known else owned.entries

    def _leave_out(
        self, eligible: Truths, owners: Rows, numbers: Rows, known: Sequence[Known] | None, now: datetime
    ) -> None:
        """Take away what customers own already, what they declined lately, and everything from who was refused."""
        places = np.searchsorted(self._ids, numbers).clip(max=max(0, len(self._ids) - 1))
        if len(self._ids):
            mine = (self._ids[places] == numbers) & (self._once_only[places] >= 0)
            eligible[owners[mine], places[mine]] = False
        place_of = {number: place for place, number in enumerate(self._ids.tolist())} if known else {}
        for row, one in enumerate(known or ()):
            if one.refused(self._asked.channel, now) is not None:
                eligible[row] = False
            declined = one.declined(self._grounds.standing.decline_days, now)
            eligible[row, [place_of[number] for number in declined if number in place_of]] = False


def _weights(grounds: Grounds, asked: BatchAsked, products: Rows) -> Floats:
    """Return what of a priority does not depend on the customer; a median is that of all candidates."""
    weights = grounds.weights(asked.context)
    if asked.candidates is None:
        return weights.of(products).weight.astype(np.float32)
    candidates = grounds.rows_of(asked.candidates)
    return weights.among(candidates).of(np.searchsorted(candidates, products)).weight.astype(np.float32)


def _aligned(grounds: Grounds, model: Model, products: Rows) -> Aligned:
    """Return a model beside these rows of the catalogue."""
    ids = grounds.compiled.ids[products]
    new = products[model.columns_of(ids) < 0].tolist()
    cards = [grounds.compiled.cards[row] for row in new]
    return Aligned.of(model, ids, {card.id: product_features(card, grounds.base_currency) for card in cards})
