"""The sample customers of a person, one after the other: for whom the preview is."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.owned import resolve_owned
from catalog_app.products.samples.models import SampleCustomer
from catalog_app.products.samples.service import seen_by

ASKED = "sample-"


@dataclass(frozen=True)
class Walk:
    """Where somebody is among their sample customers; none where there are none."""

    customers: Sequence[SampleCustomer]
    index: int

    @property
    def here(self) -> SampleCustomer | None:
        return self.customers[self.index] if self.customers else None

    @property
    def name(self) -> str:
        return self.here.name if self.here is not None else ""

    @property
    def previous(self) -> int | None:
        return self._beside(-1)

    @property
    def next(self) -> int | None:
        return self._beside(1)

    def customer(self, session: Session) -> CustomerFeatures:
        """Return the customer; one whose features no longer hold is a customer of whom nothing is known."""
        if self.here is None:
            return CustomerFeatures()
        try:
            customer = CustomerFeatures.of(self.here.features)
        except RuleError:
            return CustomerFeatures()
        return customer if customer.owned is None else customer.owning(resolve_owned(session, customer.owned))

    def _beside(self, step: int) -> int | None:
        """Return the number of the customer before or after, round and round; None where there is only one."""
        several = len(self.customers) > 1
        return self.customers[(self.index + step) % len(self.customers)].id if several else None


def walk(viewer: str) -> Walk:
    """Return where the form says that this person is: at the customer that a button asks for, else where they were."""
    customers = seen_by(viewer)
    asked = request.form.get("look_up", "")
    wanted = asked.removeprefix(ASKED) if asked.startswith(ASKED) else request.values.get("sample", "")
    places = [index for index, one in enumerate(customers) if str(one.id) == wanted]
    return Walk(customers, places[0] if places else 0)
