"""The stand-in for Kill Bill: one answer with every version of the catalogue, oldest first.

As the real one does: a plan has no status and no time of change; one that is gone is not in the newest version any
more; a version whose effective date is still to come is listed all the same; a request without the tenant's headers is
refused like one without a password.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.credentials import FixedAccess, basic, same
from catalog_app.demo.standin.exchange import Answer, Request, encoded
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.products import StandinPhase, StandinPrice, StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, SourceStandin, Window
from catalog_app.demo.standin.spoiling import Keys

CATALOG = "/1.0/kb/catalog"

_FIRST_VERSION = datetime(2026, 1, 1, tzinfo=UTC)
_PERIODS = {
    "day": "DAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "quarter": "QUARTERLY",
    "year": "ANNUAL",
    "once": "NO_BILLING_PERIOD",
}
_EVERYTHING = 1_000_000


class KillbillStandin(SourceStandin):
    """Plays Kill Bill with one tenant. Products are its plans; those of one category are plans of one product."""

    name = "killbill"
    keys = Keys(id="name", name="prettyName", price="value")
    error_object: object = {
        "className": "java.lang.NullPointerException",
        "code": None,
        "message": "null",
        "causeClassName": None,
        "stackTrace": [],
    }
    has_pages = False

    def __init__(
        self,
        products: Iterable[StandinProduct] = (),
        *,
        username: str = "admin",
        password: str = "",
        api_key: str = "",
        api_secret: str = "",
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        super().__init__(products, page_limit=_EVERYTHING, port=port, control_secret=control_secret)
        self.username = username
        self.password = password or secrets.token_urlsafe()
        self.api_key = api_key or secrets.token_urlsafe()
        self.api_secret = api_secret or secrets.token_urlsafe()
        self._access = FixedAccess()

    @staticmethod
    def id_of(number: int) -> str:
        return f"plan-{number:06}"

    def void_access(self) -> None:
        self._access.void()

    def is_listing(self, request: Request) -> bool:
        return (request.method, request.path.rstrip("/")) == ("GET", CATALOG)

    def refused(self, request: Request) -> Answer | None:
        user, password = basic(request)
        sent = (user, password, *(request.headers.get(f"x-killbill-api{name}", "") for name in ("key", "secret")))
        expected = (self.username, self.password, self.api_key, self.api_secret)
        is_known = all(same(one, other) for one, other in zip(sent, expected, strict=True))
        if is_known and not self._access.is_void() and not self.misbehaving(Fault.REFUSE_LOGIN):
            return None
        return self.shut_out()

    def shut_out(self) -> Answer:
        challenge = {"WWW-Authenticate": 'BASIC realm="application"'}
        return Answer(b"", HTTPStatus.UNAUTHORIZED, headers=challenge)

    def visible(self, _request: Request) -> Sequence[Any]:
        return [product for product in self.shelf.every() if product.status is Status.ACTIVE]

    def window(self, _request: Request, rows: Sequence[Any]) -> Window:
        return Window(0, len(rows))

    def page(self, _request: Request, page: Page) -> Answer:
        plans = [json.loads(row) for row in page.rows]
        now = self._version(page.every, plans, datetime.now(UTC) - timedelta(days=1))
        return Answer(encoded([self._first_version(), now, self._next_version(now)]))

    def _first_version(self) -> Json:
        """Return what was sold at first: one plan that nobody can buy any more."""
        old = StandinProduct(id="plan-of-the-beginning", name="First plan", category="Beginnings")
        return self._version([old], [self.written(old)], _FIRST_VERSION)

    @staticmethod
    def _next_version(now: Json) -> Json:
        """Return a version that is prepared and not in force: all of its plans are called otherwise."""
        later: Json = json.loads(json.dumps(now))
        later["effectiveDate"] = _moment(datetime.now(UTC) + timedelta(days=30))
        for product in later["products"]:
            for plan in product["plans"]:
                plan["prettyName"] = "To be announced"
        return later

    def _version(self, products: Sequence[StandinProduct], plans: Sequence[Json], since: datetime) -> Json:
        groups: dict[tuple[str, str], list[Json]] = {}
        for product, plan in zip(products, plans, strict=True):
            kind = "ADD_ON" if product.kind == "addon" else "BASE"
            groups.setdefault((kind, product.category or "Plans"), []).append(plan)
        currencies = sorted({price.currency for product in products for price in _prices(product)})
        return {
            "name": "Tamra-Mobile",
            "effectiveDate": _moment(since),
            "currencies": currencies,
            "units": [],
            "products": [_product(kind, name, members) for (kind, name), members in groups.items()],
            "priceLists": [{"name": "DEFAULT", "plans": [plan.get("name") for plan in plans]}],
        }

    def written(self, product: StandinProduct) -> Json:
        phases = product.phases or (StandinPhase("EVERGREEN", recurring=product.every_price),)
        if product.period == "once" and not product.phases:
            phases = (StandinPhase("FIXEDTERM", 1, "MONTHS", fixed=product.every_price),)
        return {
            "name": product.id,
            "prettyName": product.name,
            "recurringBillingMode": "IN_ARREAR" if product.facts.get("payment_mode") == "postpaid" else "IN_ADVANCE",
            "billingPeriod": _PERIODS[product.period],
            "phases": [_phase(phase) for phase in phases],
        }


def _product(kind: str, name: str, plans: list[Json]) -> Json:
    slug = name.replace(" ", "-")
    return {"type": kind, "name": slug, "prettyName": name, "plans": plans, "included": [], "available": []}


def _phase(phase: StandinPhase) -> Json:
    return {
        "type": phase.kind,
        "prices": _amounts(phase.recurring),
        "fixedPrices": _amounts(phase.fixed),
        "duration": {"unit": phase.unit, "number": phase.number},
        "usages": [],
    }


def _amounts(prices: Iterable[StandinPrice]) -> list[Json]:
    return [{"currency": price.currency, "value": _number(price.amount)} for price in prices]


def _prices(product: StandinProduct) -> Iterator[StandinPrice]:
    yield from product.every_price
    for phase in product.phases:
        yield from (*phase.recurring, *phase.fixed)


def _number(amount: Decimal) -> float:
    return float(amount)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
