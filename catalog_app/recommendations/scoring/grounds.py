"""What a decision rests on: the compiled catalogue, the settings and the model in use, all as of one moment."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.reader import Reader
from catalog_app.core.wiring import kept, settings
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.keeping import CompiledCatalogue, compiled_catalogue
from catalog_app.recommendations.scoring.arbitration import Weights, weights
from catalog_app.recommendations.scoring.contacting import Contacts
from catalog_app.recommendations.scoring.exploring import Exploration
from catalog_app.recommendations.scoring.scorer import Scorer, by_affinity
from catalog_app.recommendations.scoring.standing import Present, Standing, Standings, present
from catalog_app.recommendations.training.live import LiveModel, live

_MOST_CONTEXTS: Final = 256


class MovedError(Exception):
    """Something that a decision rests on is another by now."""


class Grounds:
    """Never changed once made; what follows from it is worked out when first asked for."""

    def __init__(
        self,
        stands: Present,
        compiled: Compiled,
        standing: Standing,
        contacts: Contacts,
        live: LiveModel | None,
        base_currency: str,
    ) -> None:
        self.present = stands
        self.compiled = compiled
        self.standing = standing
        self.contacts = contacts
        self.live = live
        self.base_currency = base_currency
        self._weights: dict[str | None, Weights] = {}

    def weights(self, context: str | None) -> Weights:
        """Return the weights of all launched products in a context; one that nobody has defined weighs nothing."""
        known = context if context in self.standing.contexts else None
        found = self._weights.get(known)
        if found is None:
            if len(self._weights) >= _MOST_CONTEXTS:
                self._weights.clear()
            found = weights(self.compiled, self.standing, known, base_currency=self.base_currency)
            self._weights[known] = found
        return found

    def rows_of(self, product_ids: Collection[int]) -> NDArray[np.int64]:
        """Return the rows of those of these products that are launched, ascending."""
        row_of = self.compiled.row_of
        return np.array(sorted({row_of[number] for number in product_ids if number in row_of}), np.int64)

    def named(self, product_ids: Iterable[int], others: Mapping[int, str]) -> Mapping[int, str]:
        """Return the names of these products; those that are not launched any more are among `others`."""
        row_of, cards = self.compiled.row_of, self.compiled.cards
        return {**others, **{number: cards[row_of[number]].name for number in product_ids if number in row_of}}

    @cached_property
    def scorer(self) -> Scorer | None:
        """The model in use beside the launched products; None as long as nothing was learned."""
        return None if self.live is None else Scorer(self.live.model, self.compiled, self.base_currency)

    @cached_property
    def affinity(self) -> Scorer | None:
        """The model's affinity alone; None where it has none."""
        model = None if self.live is None else by_affinity(self.live.model)
        return None if model is None else Scorer(model, self.compiled, self.base_currency)

    @cached_property
    def exploration(self) -> Exploration:
        """How much is left to chance."""
        return Exploration.of(self.standing.exploration)

    @cached_property
    def by_worth(self) -> NDArray[np.int64]:
        """The rows, the most valuable first."""
        return self.compiled.by_worth(self.base_currency)

    @cached_property
    def repeatable(self) -> Sequence[bool]:
        """Which products are offered to customers who have them already."""
        types = self.standing.repeatable_types
        return [card.product_type in types for card in self.compiled.cards]


class GroundsKeeper:
    """Keeps the grounds of one application as long as nothing has moved: compared with every decision."""

    def __init__(self, catalogue: CompiledCatalogue, base_currency: str) -> None:
        self._catalogue, self._standings, self._base_currency = catalogue, Standings(), base_currency
        self._last: Grounds | None = None
        self._live: tuple[int | None, LiveModel | None] = (None, None)
        self._making = threading.Lock()

    def at(self, reader: Reader) -> Grounds:
        """Return what a decision that begins now rests on: nothing of it is older than what is committed."""
        while True:
            now = present(reader)
            if self._last is not None and self._last.present == now:
                return self._last
            # Outside of any lock: a model that is found damaged is set aside, which waits for whoever writes.
            found = live(reader, now.model)
            self._live = now.model, found
            with reader.snapshot():
                made = self._made(reader, now.model, found)
            if made is not None:
                return made

    def held(self, reader: Reader) -> Grounds:
        """Return the same inside a transaction in which nothing moves; raise MovedError for a model not read before."""
        version, found = self._live
        made = self._made(reader, version, found)
        if made is None:
            raise MovedError
        return made

    def _made(self, reader: Reader, version: int | None, found: LiveModel | None) -> Grounds | None:
        """Return the grounds as they stand; None where another model than that of the version is in use by now."""
        with self._making:
            now, last = present(reader), self._last
            if last is not None and last.present == now:
                return last
            if now.model != version:
                return None
            compiled = self._catalogue.at(reader, now.catalogue)
            standing = self._standings.at(reader, now.settings)
            made = Grounds(now, compiled, standing, Contacts.read(reader), found, self._base_currency)
            self._last = made
            return made


def grounds_keeper() -> GroundsKeeper:
    """Return what keeps the grounds of the running application."""
    return kept(GroundsKeeper, lambda: GroundsKeeper(compiled_catalogue(), settings().base_currency))
