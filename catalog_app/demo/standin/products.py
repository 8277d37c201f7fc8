"""A product as every stand-in understands it, before it is written in the words of the system that is played."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

_AUTUMN = datetime(2026, 11, 1, 10, tzinfo=UTC)


class Status(StrEnum):
    """What may be done with a product. DELETED ones are listed only where the system lists them at all."""

    ACTIVE = "active"
    RETIRED = "retired"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class StandinPrice:
    """An amount each `period`: day, week, month, quarter, year, or once."""

    amount: Decimal
    currency: str = "SAR"
    period: str = "month"


@dataclass(frozen=True, slots=True)
class StandinPhase:
    """One stage in the life of a plan: `kind` in Kill Bill's words, for `number` of `unit`, or for good."""

    kind: str
    number: int = -1
    unit: str = "UNLIMITED"
    recurring: tuple[StandinPrice, ...] = ()
    fixed: tuple[StandinPrice, ...] = ()


@dataclass(frozen=True, slots=True)
class StandinProduct:
    """A product. `kind` is a product type of ours; `extra` is put over the row as the system writes it.

    `updated` is when it last changed, `priced` when its prices did: systems that keep prices apart tell the two apart.
    `facts` are what a telecom notes in custom fields: allowances, payment mode, brand. A system leaves out what it has
    no place for: stages are Kill Bill's alone.
    """

    id: str
    name: str
    kind: str = "service"
    status: Status = Status.ACTIVE
    price: Decimal | None = Decimal("19.90")
    currency: str = "SAR"
    period: str = "month"
    prices: tuple[StandinPrice, ...] = ()
    description: str = ""
    code: str = ""
    category: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)
    phases: tuple[StandinPhase, ...] = ()
    updated: datetime = _AUTUMN
    priced: datetime = _AUTUMN
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def later(self) -> datetime:
        """Return a moment after the last change."""
        return max(self.updated, self.priced) + timedelta(minutes=1)

    @property
    def every_price(self) -> tuple[StandinPrice, ...]:
        """Return the main price and the further ones."""
        main = () if self.price is None else (StandinPrice(self.price, self.currency, self.period),)
        return (*main, *self.prices)


def dearer(product: StandinProduct) -> Mapping[str, Any]:
    """Return the fields by which a product changes when each of its prices is raised by a tenth."""
    return {
        "price": None if product.price is None else raised(product.price),
        "prices": tuple(map(_raised_price, product.prices)),
        "phases": tuple(
            replace(
                phase,
                recurring=tuple(map(_raised_price, phase.recurring)),
                fixed=tuple(map(_raised_price, phase.fixed)),
            )
            for phase in product.phases
        ),
    }


def raised(amount: Decimal) -> Decimal:
    """Return the amount and a tenth of it, with two decimals."""
    return (amount * Decimal("1.1")).quantize(Decimal("0.01"))


def _raised_price(price: StandinPrice) -> StandinPrice:
    return replace(price, amount=raised(price.amount))
