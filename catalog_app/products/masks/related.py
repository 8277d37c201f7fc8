"""What products require and exclude, with the products that they name in both forms: by number and as their source does."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.reader import Reader
from catalog_app.products.checks import product_named
from catalog_app.products.masks.cards import Card
from catalog_app.products.masks.codes import coded
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.reads.owned_forms import forms

Named = int | ProductKey
"""A product as a relation names it."""
TargetForms = Mapping[Named, tuple[int, ProductKey] | None]
"""Both forms of each product that a relation names; None where the catalogue does not have it."""

_RESTRICTING: Final = ("requires", "excludes")
_REMEMBERED: Final = 512
"""So many sets of what is owned are remembered, of the products that relations name: most customers own none of them."""


class Relations:
    """The requirements and exclusions of all products, one beside the other."""

    def __init__(self, cards: Sequence[Card], targets: TargetForms) -> None:
        self._size = len(cards)
        entries = [
            (row, product_named(card, entry["product"]), entry["relation"] == "excludes")
            for row, card in enumerate(cards)
            if card.relations
            for entry in card.relations
            if entry["relation"] in _RESTRICTING
        ]
        places: dict[Named, int] = {}
        for _, named, _ in entries:
            places.setdefault(named, len(places))
        self.targets = {named: targets.get(named) for named in places}
        self._place_of = _by_every_form(places, self.targets)
        self._count = len(places)
        self._target = np.array([places[named] for _, named, _ in entries], np.int64)
        self._is_excluded = np.array([excludes for *_, excludes in entries], np.bool_)
        self._row = np.array([row for row, *_ in entries], np.int64)
        self._known: dict[frozenset[int], NDArray[np.uint8]] = {}

    def __bool__(self) -> bool:
        return bool(self._count)

    def codes(self, owned: Owned) -> NDArray[np.uint8]:
        """Return 2 for the products whose requirements a customer who owns this meets, 0 for the others."""
        place_of = self._place_of
        asked = frozenset(
            [place for known in (owned.ids, owned.keys) for one in known if one in place_of for place in place_of[one]]
        )
        row = self._known.get(asked)
        if row is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            row = self._known[asked] = self._made(asked)
        return row

    def _made(self, owned: frozenset[int]) -> NDArray[np.uint8]:
        has = np.zeros(self._count, np.bool_)
        has[list(owned)] = True
        is_met = has[self._target] != self._is_excluded
        allowed = np.ones(self._size, np.bool_)
        allowed[self._row[~is_met]] = False
        return coded(allowed)


def named_by(cards: Iterable[Card]) -> set[Named]:
    """Return the products that these require or exclude."""
    return {
        product_named(card, entry["product"])
        for card in cards
        for entry in card.relations
        if entry["relation"] in _RESTRICTING
    }


def forms_of(reader: Reader, named: Iterable[Named]) -> dict[Named, tuple[int, ProductKey] | None]:
    """Return both forms of these products, as far as the catalogue knows them. One query, none for nothing."""
    wanted = list(named)
    if not wanted:
        return {}
    numbers = frozenset(one for one in wanted if isinstance(one, int))
    keys = frozenset(one for one in wanted if not isinstance(one, int))
    found = {form: both for both in forms(reader, Owned(numbers, keys)) for form in both}
    return {one: found.get(one) for one in wanted}


def _by_every_form(places: Mapping[Named, int], targets: TargetForms) -> dict[Named, list[int]]:
    """Return where a product stands among those that are named, whichever way the customer's list names it.

    It may stand there twice: one product names it by number, another as its source does.
    """
    found: dict[Named, list[int]] = {}
    for named, place in places.items():
        for form in {named, *(targets[named] or ())}:
            found.setdefault(form, []).append(place)
    return found
