"""What Tamra Mobile's CRM and billing system sell: hand-written, and nothing of it known to Xiva."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as count_up
from pathlib import Path
from typing import Any
from zlib import crc32

from catalog_app.demo.catalogue_notation import Charge, read_charge
from catalog_app.demo.standin.products import StandinPhase, StandinPrice, StandinProduct, Status
from catalog_app.demo.standin.salesforce import SalesforceStandin

_DATA = Path(__file__).parent / "data"
_FIRST_UPDATE = datetime(2026, 2, 1, 6, tzinfo=UTC)
_UPDATE_SECONDS = 285 * 86_400


def crm_products() -> list[StandinProduct]:
    """Return what the CRM lists, a few deleted products among it."""
    return [_crm_product(cells) for cells in _tables("crm")["products"]]


def billing_plans() -> list[StandinProduct]:
    """Return the plans of the billing system."""
    return [_plan(key, cells) for key, cells in _tables("billing").items()]


def more_of(written: Iterable[StandinProduct], id_of: Callable[[int], str]) -> Iterator[StandinProduct]:
    """Yield the products as they are written, and then editions of them without end under ids of their own."""
    base = list(written)
    yield from base
    for number in count_up():
        edition, index = divmod(number, len(base))
        product = base[index]
        yield replace(product, id=id_of(200_000 + number), name=f"{product.name}, edition {edition + 2}", code="")


def _tables(name: str) -> Mapping[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _crm_product(cells: Mapping[str, Any]) -> StandinProduct:
    prices = [_price(text) for text in cells.get("price", ())]
    main = prices[0] if prices else None
    return StandinProduct(
        id=SalesforceStandin.id_of(cells["number"]),
        name=cells["name"],
        kind=cells["kind"],
        status=Status(cells.get("status", "active")),
        price=main.amount if main else None,
        period=main.period if main else "once",
        prices=tuple(prices[1:]),
        description=cells["about"],
        code=cells["code"],
        category=cells["category"],
        facts=cells.get("facts", {}),
        updated=_updated(cells["code"]),
        priced=_updated(cells["code"]),
    )


def _plan(key: str, cells: Mapping[str, Any]) -> StandinProduct:
    prices = tuple(_price(text) for text in cells["price"])
    return StandinProduct(
        id=key,
        name=cells["name"],
        kind=cells["kind"],
        price=prices[0].amount,
        currency=prices[0].currency,
        period=prices[0].period,
        prices=prices[1:],
        category=cells["category"],
        facts={"payment_mode": cells["payment"]},
        phases=tuple(_phases(prices, cells)),
        updated=_updated(key),
        priced=_updated(key),
    )


def _phases(prices: tuple[StandinPrice, ...], cells: Mapping[str, Any]) -> Iterator[StandinPhase]:
    """Yield the stages of a plan's life; none for what is paid once."""
    if prices[0].period == "once":
        return
    if "trial" in cells:
        yield StandinPhase(
            "TRIAL", cells["trial"], "DAYS", fixed=tuple(replace(one, amount=one.amount * 0) for one in prices)
        )
    if "intro" in cells:
        yield StandinPhase("DISCOUNT", cells["intro"]["months"], "MONTHS", tuple(map(_price, cells["intro"]["price"])))
    yield StandinPhase("EVERGREEN", recurring=prices, fixed=tuple(map(_price, cells.get("setup", ()))))


def _price(text: str) -> StandinPrice:
    charge: Charge = read_charge(text)
    period = "quarter" if charge.every == _MONTHS_OF_A_QUARTER else charge.period or "once"
    return StandinPrice(charge.amount, charge.currency, period)


_MONTHS_OF_A_QUARTER = 3


def _updated(key: str) -> datetime:
    return _FIRST_UPDATE + timedelta(seconds=crc32(key.encode()) % _UPDATE_SECONDS)
