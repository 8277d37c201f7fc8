"""Writes the charges of a row in one of the two price shapes that sources use."""

from datetime import date
from decimal import Decimal

from catalog_app.demo.catalogue_notation import Charge, Json
from catalog_app.demo.catalogue_rows import Row

# Percent of value added tax where a currency is at home. Every amount of the tables includes it; what is
# sold in dollars or euros is sold in the Kingdom.
_TAX_PERCENT = {"SAR": 15, "USD": 15, "EUR": 15, "AED": 5, "KWD": 0}


def write_charges(row: Row) -> list[Json]:
    """Return the row's charges as product offering prices, in the shape of its family."""
    write = _SHAPES[row.charge_shape]
    return [_frame(row.id, number, charge) | write(charge) for number, charge in enumerate(row.charges, start=1)]


def write_period(start: date | None, end: date | None) -> Json:
    """Return a TMF time period; a side that is open is left out."""
    sides = {"startDateTime": start, "endDateTime": end}
    return {name: f"{day.isoformat()}T00:00:00Z" for name, day in sides.items() if day}


def _frame(product: str, number: int, charge: Charge) -> Json:
    frame: Json = {
        "id": f"{product}-P{number}",
        "name": charge.name,
        "priceType": charge.price_type,
        "@type": "ProductOfferingPrice",
    }
    if charge.unit:
        frame["unitOfMeasure"] = {"amount": 1, "units": charge.unit}
    if charge.start or charge.end:
        frame["validFor"] = write_period(charge.start, charge.end)
    return frame


def _embedded(charge: Charge) -> Json:
    """The price stands inside the offering, with and without tax."""
    if charge.every > 1:
        raise ValueError(f"The embedded shape has no word for every {charge.every} {charge.period}s")
    percent = _TAX_PERCENT[charge.currency]
    net = (charge.amount * 100 / (100 + percent)).quantize(Decimal("0.0001"))
    price = {
        "taxIncludedAmount": _money(charge.currency, charge.amount),
        "dutyFreeAmount": _money(charge.currency, net),
        "taxRate": percent,
        "@type": "Price",
    }
    return {"price": price} | ({"recurringChargePeriod": charge.period} if charge.period else {})


def _standalone(charge: Charge) -> Json:
    """The price as a resource of its own shows it: one amount, and the rate of its tax; the shape cannot say if it is in."""
    sent: Json = {
        "price": _money(charge.currency, charge.amount),
        "tax": [{"taxCategory": "VAT", "taxRate": _TAX_PERCENT[charge.currency], "@type": "TaxItem"}],
    }
    if charge.period:
        sent |= {"recurringChargePeriodType": charge.period, "recurringChargePeriodLength": charge.every}
    return sent


def _money(currency: str, amount: Decimal) -> Json:
    return {"unit": currency, "value": float(amount)}


_SHAPES = {"embedded": _embedded, "standalone": _standalone}
