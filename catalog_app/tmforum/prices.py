"""Prices in TM Forum's two shapes: embedded in an offering, and standing alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog_app.core.errors import NotFoundError, RuleError
from catalog_app.core.json_values import as_json
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.words import PERIODS, billing_cycle_of, price_type_of, price_word_of

ATTRIBUTE = "productOfferingPrice"

Kept = Callable[[str], Mapping[str, Any]]
"""Gives the attributes of a price that stands alone, by its id; raises NotFoundError."""


@dataclass(frozen=True)
class ProductPrice:
    """One price of a product, wherever the product keeps it; `number` 0 is the main one."""

    product_id: int
    number: int
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.product_id}-{self.number}"

    def embedded(self, addresses: Addresses) -> dict[str, Any]:
        """Return the price as its offering shows it."""
        values, cycle = self.values, self.values["billing_cycle"]
        amount = "taxIncludedAmount" if values["tax_included"] else "dutyFreeAmount"
        rate = {} if values["tax_rate"] is None else {"taxRate": float(values["tax_rate"])}
        return {
            **self._told(addresses),
            **({"recurringChargePeriod": PERIODS[cycle][0]} if cycle in PERIODS else {}),
            "price": {amount: self._money(), **rate},
        }

    def alone(self, addresses: Addresses, *, updated_at: str, status_word: str) -> dict[str, Any]:
        """Return the same price in the shape of one that stands alone."""
        values, cycle = self.values, self.values["billing_cycle"]
        unit, length = PERIODS[cycle][1] if cycle in PERIODS else (None, None)
        period = {"recurringChargePeriodType": unit, "recurringChargePeriodLength": length} if unit else {}
        rate = {} if values["tax_rate"] is None else {"tax": [{"taxRate": float(values["tax_rate"])}]}
        told = self._told(addresses) | {"lastUpdate": updated_at, "lifecycleStatus": status_word, "isBundle": False}
        return {**told, **period, "price": self._money(), **rate}

    def _told(self, addresses: Addresses) -> dict[str, Any]:
        start, end = self.values.get("valid_from"), self.values.get("valid_to")
        return {
            "id": self.id,
            "href": addresses.of("productOfferingPrice", self.id),
            "name": self.values.get("name") or "Price",
            "priceType": price_word_of(self.values["price_type"]),
            "@type": "ProductOfferingPrice",
            **valid_for(start, end),
        }

    def _money(self) -> dict[str, Any]:
        return {"unit": self.values["currency"], "value": float(self.values["amount"])}


def valid_for(start: datetime | str | None, end: datetime | str | None) -> dict[str, Any]:
    """Return the attribute that tells of a window; nothing where it is open at both ends."""
    ends = {"startDateTime": as_json(start), "endDateTime": as_json(end)}
    told = {name: moment for name, moment in ends.items() if moment}
    return {"validFor": told} if told else {}


def prices_of(product: Mapping[str, Any]) -> list[ProductPrice]:
    """Return the prices of a product, the main one first."""
    product_id = product["id"]
    further = [ProductPrice(product_id, number, values) for number, values in enumerate(product["prices"], start=1)]
    if product["price"] is None:
        return further
    main = {name: product[name] for name in ("currency", "billing_cycle", "tax_included", "tax_rate")}
    kind = "recurring" if product["recurring"] else "one_time"
    return [ProductPrice(product_id, 0, {**main, "amount": product["price"], "price_type": kind}), *further]


def price_fields(entries: Sequence[Mapping[str, Any]] | None, kept: Kept) -> dict[str, Any]:
    """Return the fields of a product that has these prices; null takes them all away.

    The main price is the first recurring one that is always valid, else the first other such. An entry that says
    nothing but an id stands for the price that stands alone there, as it is now.
    """
    read = list(_each(entries or (), kept))
    always = [price for price in read if not price.get("valid_from") and not price.get("valid_to")]
    main = next((price for kind in ("recurring", "one_time") for price in always if price["price_type"] == kind), None)
    return {
        "price": main and main["amount"],
        "currency": main and main["currency"],
        "recurring": main is not None and main["price_type"] == "recurring",
        "billing_cycle": main["billing_cycle"] if main else None,
        "tax_included": main["tax_included"] if main else None,
        "tax_rate": main and main["tax_rate"],
        "prices": [price for price in read if price is not main],
    }


def _each(entries: Sequence[Mapping[str, Any]], kept: Kept) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries):
        try:
            yield _read(entry if "price" in entry else {**_referred(entry, kept), **entry})
        except (ValueError, NotFoundError) as fault:
            raise RuleError({f"{ATTRIBUTE}.{number}": str(fault)}) from None


def _referred(entry: Mapping[str, Any], kept: Kept) -> Mapping[str, Any]:
    price_id = entry.get("id")
    if not isinstance(price_id, str):
        raise ValueError("Give the price, or the id of one that stands alone.")  # noqa: TRY004  # a caller's mistake
    return kept(price_id)


def _read(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a price as a product keeps it, from either shape; what is wrong with a single value the rules say."""
    amount, tax_included, rate = _amount(entry)
    cycle = _cycle(entry)
    word = entry.get("priceType") or ("one_time" if cycle is None else "recurring")
    kind = price_type_of(_text(word))
    if kind == "recurring" and cycle is None:
        raise ValueError("Say in recurringChargePeriod how often a recurring price is charged.")
    window = entry.get("validFor")
    ends = window if isinstance(window, Mapping) else {}
    return {
        "name": entry.get("name"),
        "price_type": kind,
        "amount": amount.get("value"),
        "currency": amount.get("unit"),
        "billing_cycle": cycle or "one_time",
        "tax_included": tax_included,
        "tax_rate": rate,
        "valid_from": ends.get("startDateTime"),
        "valid_to": ends.get("endDateTime"),
    }


def _amount(entry: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool, Any]:
    """Return the money of a price, whether tax is in it, and the tax rate."""
    price = entry.get("price")
    if not isinstance(price, Mapping):
        raise ValueError("Say the amount in price.")  # noqa: TRY004  # a caller's mistake, not ours
    amounts = (("taxIncludedAmount", True), ("dutyFreeAmount", False))
    money, tax_included = next(((price[name], is_in) for name, is_in in amounts if price.get(name)), (price, True))
    if not isinstance(money, Mapping) or not isinstance(money.get("value"), int | Decimal | float):
        raise ValueError("Write the amount as {unit, value}; a percentage cannot be kept here.")  # noqa: TRY004  # a caller's mistake
    taxes = entry.get("tax")
    first = taxes[0] if isinstance(taxes, list) and taxes and isinstance(taxes[0], Mapping) else {}
    rate = price.get("taxRate", first.get("taxRate"))
    return {**money, "value": _exact(money["value"])}, tax_included, _exact(rate)


def _cycle(entry: Mapping[str, Any]) -> str | None:
    unit = entry.get("recurringChargePeriodType") or entry.get("recurringChargePeriod")
    if unit is None:
        return None
    length = entry.get("recurringChargePeriodLength")
    count = 1 if length is None else length
    if isinstance(count, bool) or not isinstance(count, int):
        raise ValueError("Write recurringChargePeriodLength as a whole number.")  # noqa: TRY004  # a caller's mistake
    return billing_cycle_of(_text(unit), count)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Write the type and the period of a price as text.")  # noqa: TRY004  # a caller's mistake
    return value


def _exact(value: Any) -> Any:
    """Return a number that came out of our own table with the digits that it was written with."""
    return Decimal(repr(value)) if isinstance(value, float) else value
