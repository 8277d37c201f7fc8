"""The stand-in for Salesforce: OAuth2 client credentials, SOQL over Product2 with its price book entries.

As the real one does: the rest of a result is read by `nextRecordsUrl` and does not change meanwhile; deleted products
come with `queryAll` alone; only selected fields are sent, and an unknown one is an error; errors are lists; a token
comes without a word about how long it lives; **a changed price leaves its product's SystemModstamp as it was**.
"""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from catalog_app.demo.standin.credentials import basic, bearer, same
from catalog_app.demo.standin.exchange import Answer, Request, encoded, json_answer
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.products import StandinPrice, StandinProduct, Status
from catalog_app.demo.standin.soql import Query, SoqlError, read_query, value_of
from catalog_app.demo.standin.source import Json, Page, SourceStandin, Window
from catalog_app.demo.standin.spoiling import Keys
from catalog_app.demo.standin.tokens import Purpose, TokenMint

TOKEN = "/services/oauth2/token"  # noqa: S105 - where tokens are given out
DATA = "/services/data/"
PRICE_BOOK = "Standard Price Book"

_HOUR = 3600.0
_LARGEST_BATCH = 2000
_CYCLES = {"day": "Daily", "week": "Weekly", "month": "Monthly", "quarter": "Quarterly", "year": "Yearly"}
_STATUS_FIELD = "Lifecycle_Status__c"
# Our facts -> the custom fields in which this organisation notes them.
_CUSTOM = {
    "payment_mode": "Payment_Mode__c",
    "short_name": "Short_Name__c",
    "valid_from": "Valid_From__c",
    "valid_to": "Valid_To__c",
    "points_price": "Points_Price__c",
    "brand": "Brand__c",
    "model": "Model__c",
    "data_mb": "Data_MB__c",
    "voice_minutes": "Voice_Minutes__c",
    "sms_count": "SMS_Count__c",
    "validity_days": "Validity_Days__c",
    "speed_mbps": "Speed_Mbps__c",
    "roaming_zones": "Roaming_Zones__c",
    "commitment_months": "Commitment_Months__c",
    "lifecycle": _STATUS_FIELD,
}


class SalesforceStandin(SourceStandin):
    """Plays one Salesforce organisation with its product list and one price book."""

    name = "salesforce"
    keys = Keys(id="Id", name="Name", price="UnitPrice")
    error_object: object = [{"message": "An unexpected error occurred", "errorCode": "UNKNOWN_EXCEPTION"}]
    has_total = True
    has_links = True
    keeps_prices_apart = True

    def __init__(
        self,
        products: Iterable[StandinProduct] = (),
        *,
        client_id: str = "",
        client_secret: str = "",
        page_limit: int = _LARGEST_BATCH,
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        super().__init__(products, page_limit=page_limit, port=port, control_secret=control_secret)
        self.client_id = client_id or secrets.token_urlsafe()
        self.client_secret = client_secret or secrets.token_urlsafe()
        self._mint = TokenMint(access_seconds=_HOUR, refresh_seconds=_HOUR, clock=time.time)
        self._cursors: dict[str, tuple[Query, Sequence[Any]]] = {}

    @staticmethod
    def id_of(number: int) -> str:
        return f"01tQy{number:010}IAA"

    def void_access(self) -> None:
        self._mint.void_access_tokens()

    def is_listing(self, request: Request) -> bool:
        return request.path.startswith(DATA) and "/query" in request.path

    def refused(self, request: Request) -> Answer | None:
        return None if self._mint.user_of(bearer(request), Purpose.ACCESS) else self.shut_out()

    def shut_out(self) -> Answer:
        return _error(HTTPStatus.UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid")

    def unusable(self, what: str) -> Answer:
        return _error(HTTPStatus.BAD_REQUEST, "MALFORMED_QUERY", what)

    def is_snapshot(self, request: Request) -> bool:
        return self._cursor(request) in self._cursors

    def elsewhere(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", TOKEN):
            return self._token(request)
        return _error(HTTPStatus.NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, request: Request) -> Answer:
        sent = dict(parse_qsl(request.body.decode(errors="replace")))
        user, password = basic(request)
        client, secret = sent.get("client_id", user), sent.get("client_secret", password)
        if sent.get("grant_type") != "client_credentials":
            return json_answer(
                {"error": "unsupported_grant_type", "error_description": "grant type not supported"},
                HTTPStatus.BAD_REQUEST,
            )
        is_known = same(client, self.client_id) and same(secret, self.client_secret)
        if not is_known or self.misbehaving(Fault.REFUSE_LOGIN):
            return json_answer(
                {"error": "invalid_client", "error_description": "invalid client credentials"}, HTTPStatus.BAD_REQUEST
            )
        issued = {
            "access_token": self._mint.issue(Purpose.ACCESS, client),
            "instance_url": self.base_url,
            "id": f"{self.base_url}/id/00DQy0000000001MAA/005Qy0000000001IAA",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "scope": "api",
        }
        return json_answer(issued)

    def answer(self, request: Request) -> Answer:
        try:
            return super().answer(request)
        except SoqlError as fault:
            return _error(HTTPStatus.BAD_REQUEST, fault.code, str(fault))

    def visible(self, request: Request) -> Sequence[Any]:
        cursor = self._cursor(request)
        if cursor in self._cursors:
            return self._cursors[cursor][1]
        with_deleted = "/queryAll" in request.path
        query = self._query(request)
        rows = [product for product in self.shelf.every() if with_deleted or product.status is not Status.DELETED]
        if query.member_of:
            entries = query.member_of
            rows = [product for product in rows if any(map(entries.keeps, map(_entry_facts, _entries(product))))]
        rows = [product for product in rows if query.keeps(self.written(product))]
        if query.order:
            rows.sort(key=lambda product: [value_of(self.written(product), name) for name in query.order])
        return rows

    def window(self, request: Request, _rows: Sequence[Any]) -> Window:
        cursor = self._cursor(request)
        options = request.headers.get("sforce-query-options", "")
        asked = int(options.partition("batchSize=")[2].partition(",")[0] or _LARGEST_BATCH)
        start = int(cursor.rpartition("-")[2]) if cursor else 0
        return Window(start, self.capped(min(asked, _LARGEST_BATCH)))

    def serialised(self, row: Any, request: Request) -> bytes:
        query = self._query(request)
        whole = {**self.written(row), **row.extra}
        chosen = query.selected(whole)
        for child in query.children:
            chosen[child.of] = _children(child, row)
        return encoded(chosen)

    def page(self, request: Request, page: Page) -> Answer:
        body = [b'"done": %s' % (b"false" if page.has_more else b"true"), b'"records": ' + page.json]
        if page.has_more:
            cursor = f"01g{len(self._cursors):012}AAA-{page.reached}"
            self._cursors[cursor] = self._query(request), page.every
            version = request.path.removeprefix(DATA).partition("/")[0]
            origin = "" if page.origin == self.base_url else page.origin
            body.insert(1, f'"nextRecordsUrl": "{origin}{DATA}{version}/query/{cursor}"'.encode())
        if page.total is not None:
            body.insert(0, b'"totalSize": %d' % page.total)
        return Answer(b"{" + b", ".join(body) + b"}", content_type="application/json;charset=UTF-8")

    def written(self, product: StandinProduct) -> Json:
        return {
            "attributes": {"type": "Product2", "url": f"{DATA}v62.0/sobjects/Product2/{product.id}"},
            "Id": product.id,
            "Name": product.name,
            "ProductCode": product.code or None,
            "Description": product.description or None,
            "Family": product.category or None,
            "IsActive": product.status is Status.ACTIVE,
            "IsDeleted": product.status is Status.DELETED,
            "IsArchived": False,
            "StockKeepingUnit": None,
            "QuantityUnitOfMeasure": None,
            "DisplayUrl": None,
            "ExternalId": None,
            "CurrencyIsoCode": product.currency,
            "CreatedDate": "2026-01-01T05:00:00.000+0000",
            "LastModifiedDate": _moment(product.updated),
            "SystemModstamp": _moment(product.updated),
            "Product_Type__c": product.kind.title(),
            "Billing_Cycle__c": _CYCLES.get(product.period),
            **{field: product.facts.get(fact) for fact, field in _CUSTOM.items()},
            **({_STATUS_FIELD: "Retired"} if product.status is Status.RETIRED else {}),
        }

    def _query(self, request: Request) -> Query:
        cursor = self._cursor(request)
        if not cursor:
            return read_query(request.query.get("q", ""))
        if cursor not in self._cursors:
            raise SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._cursors[cursor][0]

    @staticmethod
    def _cursor(request: Request) -> str:
        return request.path.partition("/query")[2].partition("/")[2].strip("/")


def _entries(product: StandinProduct) -> list[tuple[StandinProduct, StandinPrice]]:
    return [(product, price) for price in product.every_price]


def _entry_facts(entry: tuple[StandinProduct, StandinPrice]) -> Json:
    product, price = entry
    number = product.every_price.index(price)
    stem = product.id[3:15]
    return {
        "attributes": {"type": "PricebookEntry", "url": f"{DATA}v62.0/sobjects/PricebookEntry/01u{stem}{number:03}"},
        "Id": f"01u{stem}{number:03}",
        "Product2Id": product.id,
        "UnitPrice": _number(price.amount),
        "CurrencyIsoCode": price.currency,
        "IsActive": True,
        "IsDeleted": False,
        "ProductCode": product.code or None,
        "Pricebook2Id": "01sQy0000000001IAA",
        "Pricebook2": {"Name": PRICE_BOOK, "IsStandard": True},
        "SystemModstamp": _moment(product.priced),
    }


def _children(query: Query, product: StandinProduct) -> Json | None:
    rows = [query.selected(row) for row in map(_entry_facts, _entries(product)) if query.keeps(row)]
    return {"totalSize": len(rows), "done": True, "records": rows} if rows else None


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"


def _number(amount: Decimal) -> float:
    return float(amount)


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    facts: list[Mapping[str, str]] = [{"message": message, "errorCode": code}]
    return json_answer(facts, status)
