"""Each shipped preset against answers in the form that its system's own documentation shows."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors.auth import needed_secrets
from catalog_app.sync.connectors.connector import Connector, MappedRecord, SourceConfig
from catalog_app.sync.connectors.preset import load_preset
from tests.core.http.conftest import FakeTime
from tests.core.http.hostile import Asked, HostileServer, Say

Json = dict[str, Any]
Open = Callable[..., Connector]


def say(body: Any) -> Say:
    return Say(body=json.dumps(body).encode())


@pytest.fixture
def system(server: HostileServer, clock: FakeTime) -> Open:
    """Return a function that makes a connector of a shipped preset, with its own auth kind and all secrets set."""

    def make(name: str, *, since: datetime | None = None, **params: str) -> Connector:
        preset = load_preset(name)
        config = SourceConfig(
            key="other",
            base_url=server.url,
            preset=preset,
            auth_kind=preset.auth.kind,
            secrets={name: f"the-{name}" for name in needed_secrets(preset.auth.kind, preset)},
            params=params,
            allow_loopback=True,
        )
        return Connector(config, since=since, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)

    return make


def read(connector: Connector) -> dict[str, MappedRecord | None]:
    """Return what became of every record of a complete listing: mapped, or None where it is marked as deleted."""
    found: dict[str, MappedRecord | None] = {}
    for page in connector.pages():
        assert page.rejected == ()
        found |= {row.external_id: None if row.is_deleted else connector.map(row) for row in page.records}
    for record in found.values():
        # What a preset makes of a record has to be a product.
        ProductInput.check(record.values if record else {"name": "gone", "product_type": "service"})
    assert connector.proof.complete, connector.proof.reasons
    return found


def values(connector: Connector, external_id: str) -> dict[str, Any]:
    record = read(connector)[external_id]
    assert record is not None
    return record.values


def salesforce_product(number: int, **fields: Any) -> Json:
    return {
        "attributes": {"type": "Product2", "url": f"/services/data/v62.0/sobjects/Product2/{number:018}"},
        "Id": f"{number:018}",
        "Name": f"Plan {number}",
        "Family": "Postpaid",
        "IsActive": True,
        "IsDeleted": False,
        "SystemModstamp": "2026-03-01T10:00:00.000+0000",
        "PricebookEntries": None,
        **fields,
    }


def entry(amount: float, currency: str | None) -> Json:
    return {"attributes": {"type": "PricebookEntry"}, "UnitPrice": amount, "CurrencyIsoCode": currency}


class Salesforce:
    """Answers token requests and queries, two products a page."""

    def __init__(self, server: HostileServer, *rows: Json) -> None:
        self.rows = rows
        self.queries: list[str] = []
        server.script = self._answer

    def _answer(self, asked: Asked) -> Say:
        if asked.path == "/services/oauth2/token":
            assert parse_qs(asked.body.decode())["client_secret"] == ["the-client_secret"]
            return say({"access_token": "00D-token", "token_type": "Bearer"})
        assert asked.headers["authorization"] == "Bearer 00D-token"
        if asked.path.endswith("/queryAll"):
            self.queries.append(asked.query["q"])
            start = 0
        else:
            start = int(asked.path.rpartition("-")[2])
        rows, is_done = self.rows[start : start + 2], start + 2 >= len(self.rows)
        more = {} if is_done else {"nextRecordsUrl": f"/services/data/v62.0/query/01g-{start + 2}"}
        return say({"totalSize": len(self.rows), "done": is_done, "records": rows, **more})


def test_salesforce_reads_every_product_with_the_prices_of_its_book(server: HostileServer, system: Open) -> None:
    rows = [salesforce_product(number) for number in range(5)]
    rows[3]["PricebookEntries"] = {"totalSize": 1, "done": True, "records": [entry(19.9, "EUR"), entry(21, "USD")]}
    rows[3] |= {"Billing_Cycle__c": "Monthly", "Data_MB__c": 5120.0, "Roaming_Zones__c": "EU;GCC", "Brand__c": "Acme"}
    rows[4] |= {"IsDeleted": True, "IsActive": False}
    salesforce = Salesforce(server, *rows)
    found = read(system("salesforce", currency="USD"))
    assert len(found) == 5
    assert found[f"{4:018}"] is None
    plan = found[f"{3:018}"]
    assert plan is not None
    assert (plan.values["price"], plan.values["currency"], plan.values["billing_cycle"]) == (21, "USD", "monthly")
    assert [price["amount"] for price in plan.values["prices"]] == [Decimal("19.9")]
    assert plan.values["features"] == {"data_mb": 5120, "roaming_zones": ["EU", "GCC"]}
    assert (plan.values["attributes"], plan.values["product_type"]) == ({"brand": "Acme"}, "data")
    assert len(salesforce.queries) == 1
    assert "Pricebook2.Name = 'Standard Price Book'" in salesforce.queries[0]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, "launched"), ({"IsActive": False}, "suspended"), ({"Lifecycle_Status__c": "In Test"}, "in_test")],
)
def test_salesforce_tells_the_status_by_its_picklist_or_else_by_its_switch(
    server: HostileServer, system: Open, fields: Json, status: str
) -> None:
    Salesforce(server, salesforce_product(1, **fields))
    assert values(system("salesforce"), f"{1:018}")["lifecycle_status"] == status


def test_salesforce_with_one_currency_is_told_which(server: HostileServer, system: Open) -> None:
    price = {"totalSize": 1, "done": True, "records": [{"UnitPrice": 10.5}]}
    salesforce = Salesforce(server, salesforce_product(1, PricebookEntries=price))
    found = values(system("salesforce", currency="EUR", price_fields="UnitPrice, IsActive"), f"{1:018}")
    assert (found["price"], found["currency"], found["recurring"]) == (Decimal("10.5"), "EUR", False)
    assert "(SELECT UnitPrice,IsActive FROM PricebookEntries" in salesforce.queries[0]


def test_salesforce_is_asked_for_changed_products_and_for_those_whose_prices_changed(
    server: HostileServer, system: Open
) -> None:
    salesforce = Salesforce(server, salesforce_product(1))
    connector = system("salesforce", since=datetime(2026, 3, 1, 10, 5, tzinfo=UTC))
    assert connector.is_incremental
    assert len(read(connector)) == 1
    first, second = salesforce.queries
    assert first.endswith("FROM Product2 WHERE SystemModstamp >= 2026-03-01T10:00:00.000Z ORDER BY Id")
    assert "IN (SELECT Product2Id FROM PricebookEntry WHERE SystemModstamp >= 2026-03-01T10:00:00.000Z)" in second


def plan(name: str, *phases: Json, period: str = "MONTHLY", **fields: Any) -> Json:
    return {"name": name, "prettyName": None, "billingPeriod": period, "phases": list(phases), **fields}


def phase(kind: str, prices: Json, fixed: Json | None = None) -> Json:
    return {
        "type": kind,
        "prices": [{"currency": code, "value": value} for code, value in prices.items()],
        "fixedPrices": [{"currency": code, "value": value} for code, value in (fixed or {}).items()],
        "duration": {"unit": "UNLIMITED", "number": -1},
        "usages": [],
    }


def version(effective: str, *plans: Json, kind: str = "BASE", product: str = "Comfort") -> Json:
    products = [{"type": kind, "name": product, "prettyName": f"{product} family", "plans": list(plans)}]
    return {"name": "Mobile", "effectiveDate": effective, "products": products, "priceLists": []}


def test_killbill_takes_the_newest_version_that_holds_already(server: HostileServer, system: Open) -> None:
    server.answers(
        say(
            [
                version("2025-01-01T00:00:00.000Z", plan("old-monthly")),
                version("2026-01-01T00:00:00.000Z", plan("new-monthly"), plan("second-monthly")),
                version("2999-01-01T00:00:00.000Z", plan("coming-monthly")),
            ]
        )
    )
    assert sorted(read(system("killbill"))) == ["new-monthly", "second-monthly"]
    asked = server.asked[0]
    assert asked.path == "/1.0/kb/catalog"
    assert (asked.headers["x-killbill-apikey"], asked.headers["x-killbill-apisecret"]) == (
        "the-api_key",
        "the-api_secret",
    )


def test_killbill_takes_the_recurring_price_of_the_last_phase_for_the_main_one(
    server: HostileServer, system: Open
) -> None:
    trial = phase("TRIAL", {}, {"EUR": 0})
    discount = phase("DISCOUNT", {"EUR": 9.95})
    evergreen = phase("EVERGREEN", {"EUR": 19.95, "USD": 21})
    server.answers(
        say([version("2026-01-01T00:00:00Z", plan("p", trial, discount, evergreen, prettyName="Comfort S"))])
    )
    found = values(system("killbill"), "p")
    assert (found["name"], found["category"], found["product_type"]) == ("Comfort S", "Comfort family", "service")
    assert (found["price"], found["currency"], found["billing_cycle"]) == (Decimal("19.95"), "EUR", "monthly")
    assert [(price["name"], price["price_type"], price["amount"]) for price in found["prices"]] == [
        ("EVERGREEN", "recurring", 21),
        ("DISCOUNT", "recurring", Decimal("9.95")),
        ("TRIAL", "one_time", 0),
    ]
    assert values(system("killbill", currency="USD"), "p")["currency"] == "USD"


def test_killbill_derives_the_type_from_the_product(server: HostileServer, system: Open) -> None:
    server.answers(
        say([version("2026-01-01T00:00:00Z", plan("a"), kind="ADD_ON")]),
        say([version("2026-01-01T00:00:00Z", plan("a"), product="Data-5GB")]),
    )
    assert [values(system("killbill"), "a")["product_type"] for _ in range(2)] == ["addon", "data"]


def item(name: str, **fields: Any) -> Json:
    return {"item": {"id": name, "name": name, "status": "active", "type": "plan", "updated_at": 1767225600, **fields}}


def item_price(of: str, price: int | None, currency: str = "EUR", **fields: Any) -> Json:
    name = f"{of}-{currency}"
    return {"item_price": {"id": name, "item_id": of, "price": price, "currency_code": currency, **fields}}


class Chargebee:
    """Answers two rows a page, with an offset that looks like theirs."""

    def __init__(self, server: HostileServer, items: list[Json], prices: list[Json]) -> None:
        self.rows = {"/api/v2/items": items, "/api/v2/item_prices": prices}
        server.script = self._answer

    def _answer(self, asked: Asked) -> Say:
        rows = self.rows[asked.path]
        start = int(asked.query.get("offset", '["0"]')[2:-2])
        more = {"next_offset": f'["{start + 2}"]'} if start + 2 < len(rows) else {}
        return say({"list": rows[start : start + 2], **more})


def test_chargebee_attaches_all_prices_of_an_item(server: HostileServer, system: Open) -> None:
    items = [item("a"), item("b", metadata={"data_mb": "5120", "fair_use": True, "product_type": "Data"}), item("c")]
    prices = [
        item_price("a", 1999, period=1, period_unit="month"),
        item_price("b", 500, "JPY", period=1, period_unit="year"),
        item_price("b", 1250, "KWD"),
        item_price("b", None, "USD", pricing_model="tiered"),
        item_price("other", 1),
    ]
    Chargebee(server, items, prices)
    found = read(system("chargebee"))
    first, second, third = (record.values for record in found.values() if record)
    assert (first["price"], first["currency"], first["billing_cycle"]) == (Decimal("19.99"), "EUR", "monthly")
    assert (second["price"], second["currency"], second["billing_cycle"]) == (500, "JPY", "yearly")
    assert [price["amount"] for price in second["prices"]] == [Decimal("1.25")]
    assert (second["features"], second["product_type"]) == ({"data_mb": 5120, "fair_use": True}, "data")
    assert (third["price"], third["recurring"]) == (None, False)
    assert server.asked[0].headers["authorization"] == "Basic dGhlLXVzZXJuYW1lOg=="


def test_chargebee_says_what_is_deleted_and_what_is_archived(server: HostileServer, system: Open) -> None:
    Chargebee(server, [item("a", status="deleted"), item("b", status="archived")], [])
    found = read(system("chargebee"))
    assert found["a"] is None
    assert found["b"] is not None
    assert found["b"].values["lifecycle_status"] == "retired"


def test_a_change_of_a_price_changes_the_hash_of_its_product_alone(server: HostileServer, system: Open) -> None:
    def hashes(price: int, resource_version: int) -> dict[str, str]:
        prices = [item_price("a", price, resource_version=resource_version), item_price("b", 100)]
        Chargebee(server, [item("a"), item("b")], prices)
        return {row.external_id: row.source_hash for page in system("chargebee").pages() for row in page.records}

    before, after, touched = hashes(1999, 1), hashes(2999, 1), hashes(1999, 2)
    assert before["a"] != after["a"]
    assert before["b"] == after["b"]
    assert before == touched


def in_pages(rows: list[Json], start: int) -> tuple[list[Json], bool]:
    return rows[start : start + 2], start + 2 < len(rows)


def hubspot_product(number: int, **properties: str | None) -> Json:
    known = {"name": f"Plan {number}", "price": "19.90", "recurringbillingfrequency": "monthly"}
    return {"id": str(number), "properties": {**known, **properties}, "archived": False}


def test_hubspot_is_read_in_two_passes_and_the_second_lists_what_is_archived(
    server: HostileServer, system: Open
) -> None:
    archived = hubspot_product(9) | {"archived": True}
    rows = {"false": [hubspot_product(number, speed_mbps="300") for number in range(3)], "true": [archived]}

    def answer(asked: Asked) -> Say:
        found, is_more = in_pages(rows[asked.query["archived"]], start := int(asked.query.get("after", 0)))
        return say({"results": found, **({"paging": {"next": {"after": str(start + 2)}}} if is_more else {})})

    server.script = answer
    found = read(system("hubspot", currency="EUR"))
    assert (list(found), found["9"]) == (["0", "1", "2", "9"], None)
    assert found["2"] is not None
    plan = found["2"].values
    assert (plan["price"], plan["currency"], plan["billing_cycle"]) == (Decimal("19.90"), "EUR", "monthly")
    assert (plan["features"], plan["lifecycle_status"]) == ({"speed_mbps": 300}, "launched")
    assert "hs_sku" in server.asked[0].query["properties"].split(",")


def test_hubspot_is_searched_for_changes(server: HostileServer, system: Open) -> None:
    rows = [hubspot_product(number) for number in range(3)]

    def answer(asked: Asked) -> Say:
        found, is_more = in_pages(rows, start := int(json.loads(asked.body).get("after", 0)))
        more = {"paging": {"next": {"after": str(start + 2)}}} if is_more else {}
        return say({"total": len(rows), "results": found, **more})

    server.script = answer
    assert len(read(system("hubspot", since=datetime(2026, 1, 1, 0, 5, tzinfo=UTC), properties="name,price"))) == 3
    first, second = (json.loads(asked.body) for asked in server.asked)
    assert server.asked[0].path == "/crm/v3/objects/products/search"
    assert first["filterGroups"] == [
        {"filters": [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1767225600000"}]}
    ]
    assert (first["properties"], first["limit"], second["after"]) == (["name", "price"], 100, "2")


def test_odoo_writes_false_for_what_is_not_set(server: HostileServer, system: Open) -> None:
    template = {
        "id": 7, "name": "Router", "type": "consu", "description_sale": False, "categ_id": [4, "All / Devices"],
        "list_price": 49.9, "currency_id": [1, "EUR"], "active": False, "write_date": "2026-01-01 10:00:00",
        "x_billing_cycle": False, "x_data_mb": False, "x_product_type": False,
    }  # fmt: skip
    server.script = lambda asked: say([template] if json.loads(asked.body)["domain"][-1] == ["id", ">", 0] else [])
    found = values(system("odoo", database="erp"), "7")
    assert (found["description"], found["lifecycle_status"], found["product_type"]) == (None, "retired", "device")
    assert (found["price"], found["currency"], found["recurring"]) == (Decimal("49.9"), "EUR", False)
    assert (found["category"], found["features"]) == ("All / Devices", {})
    first, second = (json.loads(asked.body) for asked in server.asked)
    assert (first["fields"][:3], first["limit"]) == (["id", "name", "default_code"], 100)
    assert second["domain"][-1] == ["id", ">", 7]
    assert server.asked[0].headers["x-odoo-database"] == "erp"


def test_odoo_is_asked_for_changes_in_its_domain(server: HostileServer, system: Open) -> None:
    server.script = lambda _asked: say([])
    assert read(system("odoo", since=datetime(2026, 1, 1, 0, 5, tzinfo=UTC))) == {}
    assert ["write_date", ">=", "2026-01-01 00:00:00"] in json.loads(server.asked[0].body)["domain"]
    assert "x-odoo-database" not in server.asked[0].headers


def stripe_price(name: str, of: str, amount: int | None, currency: str = "eur", **fields: Any) -> Json:
    recurring = {"interval": "month", "interval_count": 3, "usage_type": "licensed"}
    known = {"id": name, "product": of, "unit_amount": amount, "currency": currency, "type": "recurring"}
    return {**known, "recurring": recurring, "tax_behavior": "unspecified", **fields}


def test_stripe_reads_active_and_archived_products_with_their_prices(server: HostileServer, system: Open) -> None:
    products = [
        {"id": f"prod_{number}", "name": f"Plan {number}", "active": True, "metadata": {}} for number in range(3)
    ]
    products[0] |= {"default_price": "price_2", "metadata": {"product_type": "voice", "voice_minutes": "500"}}
    rows = {
        "/v1/products true": products,
        "/v1/products false": [{"id": "prod_9", "name": "Old", "active": False}],
        "/v1/prices true": [
            stripe_price("price_1", "prod_0", 999),
            stripe_price("price_2", "prod_0", 1999, tax_behavior="exclusive"),
            stripe_price("price_3", "prod_0", 5, recurring={"interval": "month", "usage_type": "metered"}),
            stripe_price("price_4", "prod_1", 150_000, "isk", type="one_time", recurring=None),
        ],
    }

    def answer(asked: Asked) -> Say:
        listed = rows[f"{asked.path} {asked.query['active']}"]
        after = asked.query.get("starting_after")
        found, is_more = in_pages(listed, 1 + [row["id"] for row in listed].index(after) if after else 0)
        return say({"object": "list", "data": found, "has_more": is_more})

    server.script = answer
    found = {name: record.values for name, record in read(system("stripe")).items() if record}
    first, second = found["prod_0"], found["prod_1"]
    assert (first["price"], first["billing_cycle"], first["tax_included"]) == (Decimal("19.99"), "quarterly", False)
    assert [(price["amount"], price["price_type"]) for price in first["prices"]] == [
        (Decimal("9.99"), "recurring"),
        (Decimal("0.05"), "usage"),
    ]
    assert (first["product_type"], first["features"]) == ("voice", {"voice_minutes": 500})
    assert (second["price"], second["currency"], second["recurring"]) == (1500, "ISK", False)
    assert found["prod_9"]["lifecycle_status"] == "retired"


def test_lago_is_read_page_by_page(server: HostileServer, system: Open) -> None:
    plans = [
        {
            "lago_id": f"plan-{number}", "name": f"Plan {number}", "code": f"p{number}", "interval": "yearly",
            "amount_cents": 1250, "amount_currency": "KWD", "metadata": {"sms_count": "unlimited"},
        }
        for number in range(5)
    ]  # fmt: skip

    def answer(asked: Asked) -> Say:
        number = int(asked.query["page"])
        found, is_more = in_pages(plans, 2 * (number - 1))
        return say({"plans": found, "meta": {"next_page": number + 1 if is_more else None, "total_count": len(plans)}})

    server.script = answer
    found = read(system("lago"))
    assert [asked.query["page"] for asked in server.asked] == ["1", "2", "3"]
    assert len(found) == 5
    plan = found["plan-4"]
    assert plan is not None
    assert (plan.values["price"], plan.values["billing_cycle"]) == (Decimal("1.25"), "yearly")
    assert (plan.values["features"], plan.values["product_type"]) == ({"sms_count": "unlimited"}, "sms")
