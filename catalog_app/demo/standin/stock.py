"""The products of a stand-in, told to change in neutral words or through the control door."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalog_app.demo.standin.base import Standin
from catalog_app.demo.standin.control import controlled
from catalog_app.demo.standin.exchange import Answer, Request
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.products import StandinProduct, Status, dearer
from catalog_app.demo.standin.shelf import Shelf

_PRICE_FIELDS = frozenset({"price", "currency", "period", "prices", "phases"})


class StockedStandin(Standin):
    """A stand-in with products. Where a system `keeps_prices_apart`, a changed price does not touch its product."""

    keeps_prices_apart = False

    def __init__(
        self, products: Iterable[StandinProduct] = (), *, port: int = 0, control_secret: str | None = None
    ) -> None:
        super().__init__(port=port)
        self.shelf = Shelf(products)
        self._control_secret = control_secret

    @property
    def faults(self) -> frozenset[Fault]:
        """Return the faults that this system has a place for."""
        return frozenset(Fault)

    @staticmethod
    def id_of(number: int) -> str:
        """Return an id of the kind that this system gives out, the same for the same number."""
        return f"p{number:06}"

    def product(self, number: int, **fields: Any) -> StandinProduct:
        """Return the least that is a valid product of this system."""
        return StandinProduct(**{"id": self.id_of(number), "name": f"Plan {number}", **fields})

    def replace(self, products: Iterable[StandinProduct]) -> None:
        """List exactly these products from now on; equal ids are allowed, and are all listed."""
        self.shelf.replace(products)

    def change(self, product: str, **fields: Any) -> None:
        """Set fields of a product, a minute after its last change unless they say when; raises KeyError if unknown."""
        self.shelf.edit([product], lambda now: self._changed(now, fields))

    def _changed(self, now: StandinProduct, fields: Mapping[str, Any]) -> StandinProduct:
        prices = fields.keys() & _PRICE_FIELDS
        stamps = {"priced": self._moment(now)} if prices else {}
        if not self.keeps_prices_apart or fields.keys() - prices:
            stamps["updated"] = self._moment(now)
        return replace(now, **{**stamps, **fields})

    def _moment(self, product: StandinProduct) -> datetime:
        """Return when a product changes: at a demo now, since a sync of changes alone would not see an earlier one."""
        return max(product.later, datetime.now(UTC).replace(microsecond=0)) if self._control_secret else product.later

    def withdraw(self, *ids: str) -> None:
        """Delete products as this system does it: marked as deleted, or gone."""
        self._set_status(ids, Status.DELETED)

    def retire(self, *ids: str) -> None:
        """Stop selling products as this system does it."""
        self._set_status(ids, Status.RETIRED)

    def insert_first(self) -> None:
        """List a product that was not there before in front of all others."""
        self.shelf.insert_first()

    def remove_first(self) -> None:
        self.shelf.remove_first()

    @property
    def size(self) -> int:
        """How many products there are, deleted ones included."""
        return len(self.shelf)

    def _set_status(self, ids: Sequence[str], status: Status) -> None:
        self.shelf.edit(ids, lambda now: replace(now, status=status, updated=self._moment(now)))

    def respond(self, request: Request) -> Answer:
        return controlled(self, self._control_secret, request) or super().respond(request)

    @property
    def actions(self) -> Mapping[str, tuple[str, Callable[[], None]]]:
        """Return what the products can be told to do through the control door: key -> label, what is done."""
        return {
            "rename_one": ("Rename the first product", self._rename_one),
            "change_prices": ("Raise every price by a tenth", lambda: self.raise_prices(self.offered())),
            "change_some_prices": (
                "Raise one price in five by a tenth",
                lambda: self.raise_prices(self.offered()[2::5]),
            ),
            "retire_fifth": ("Retire every fifth product", lambda: self.retire(*self.offered()[::5])),
            "withdraw_one": ("Delete the last product", lambda: self.withdraw(*self.offered()[-1:])),
            "withdraw_half": ("Delete every second product", lambda: self.withdraw(*self.offered()[::2])),
            "reset": ("Put everything back", self.restore),
        }

    def offered(self) -> list[str]:
        """Return the ids of what is sold."""
        return [product.id for product in self.shelf.every() if product.status is Status.ACTIVE]

    def raise_prices(self, ids: Sequence[str]) -> None:
        """Raise the prices of these products by a tenth."""
        self.shelf.edit(ids, lambda now: self._changed(now, dearer(now)))

    def restore(self) -> None:
        """List what was listed at the start again, and behave; what differed has changed once more by that."""
        self.behave()
        known = {product.id: product for product in self.shelf.every()}
        self.shelf.restore()
        differing = [product.id for product in self.shelf.every() if known.get(product.id, product) != product]
        self.shelf.edit(differing, lambda first: self._touched(first, known[first.id]))

    def _touched(self, product: StandinProduct, last: StandinProduct) -> StandinProduct:
        return replace(product, updated=self._moment(last), priced=self._moment(last))

    def _rename_one(self) -> None:
        for product in self.offered()[:1]:
            self.change(product, name=f"Renamed at the source ({self.name})")
