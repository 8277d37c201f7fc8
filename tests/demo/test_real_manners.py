"""Manners of the real systems that a sync has to live with, and that their stand-ins therefore have."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.hubspot import HubspotStandin
from catalog_app.demo.standin.killbill import KillbillStandin
from catalog_app.demo.standin.odoo import OdooStandin
from catalog_app.demo.standin.salesforce import SalesforceStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin

QUERY = "SELECT Id, IsDeleted, SystemModstamp, (SELECT UnitPrice FROM PricebookEntries) FROM Product2 ORDER BY Id"


def stocked(standin: SourceStandin, count: int = 5) -> SourceStandin:
    standin.replace(standin.product(number) for number in range(count))
    return standin


@pytest.fixture
def salesforce() -> Iterator[SalesforceStandin]:
    with SalesforceStandin(page_limit=2) as standin:
        stocked(standin)
        yield standin


def ask(url: str, method: str = "GET", **options: Any) -> requests.Response:
    return requests.request(method, url, timeout=10, **options)


def token_of(standin: SalesforceStandin) -> str:
    sent = {
        "grant_type": "client_credentials",
        "client_id": standin.client_id,
        "client_secret": standin.client_secret,
    }
    answer = requests.post(f"{standin.base_url}/services/oauth2/token", data=sent, timeout=10)
    assert "expires_in" not in answer.json()
    return str(answer.json()["access_token"])


def soql(standin: SalesforceStandin, path: str = "queryAll", query: str = QUERY) -> requests.Response:
    url = path if path.startswith("/") else f"/services/data/v62.0/{path}"
    params = {} if path.startswith("/") else {"q": query}
    headers = {"Authorization": f"Bearer {token_of(standin)}"}
    return requests.get(standin.base_url + url, params=params, headers=headers, timeout=10)


def test_salesforce_lists_deleted_products_with_query_all_alone(salesforce: SalesforceStandin) -> None:
    salesforce.withdraw(salesforce.id_of(0))
    assert (soql(salesforce).json()["totalSize"], soql(salesforce, "query").json()["totalSize"]) == (5, 4)
    assert soql(salesforce).json()["records"][0]["IsDeleted"] is True


def test_the_rest_of_a_salesforce_result_does_not_change_any_more(salesforce: SalesforceStandin) -> None:
    first = soql(salesforce).json()
    salesforce.replace([])
    rest = soql(salesforce, first["nextRecordsUrl"]).json()
    assert [row["Id"] for row in rest["records"]] == [salesforce.id_of(2), salesforce.id_of(3)]


def test_a_new_price_leaves_a_salesforce_product_untouched(salesforce: SalesforceStandin) -> None:
    before = soql(salesforce).json()["records"][0]
    salesforce.change(salesforce.id_of(0), price=Decimal(5))
    after = soql(salesforce).json()["records"][0]
    assert after["PricebookEntries"]["records"][0]["UnitPrice"] == 5.0
    assert after["SystemModstamp"] == before["SystemModstamp"]


def test_an_unknown_salesforce_field_is_an_error_in_a_list(salesforce: SalesforceStandin) -> None:
    answer = soql(salesforce, query="SELECT Nothing__c FROM Product2")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_kill_bill_wants_its_tenant_and_lists_versions_that_are_still_to_come() -> None:
    with KillbillStandin() as standin:
        stocked(standin)
        tenant = {"X-Killbill-ApiKey": standin.api_key, "X-Killbill-ApiSecret": standin.api_secret}
        person = (standin.username, standin.password)
        url = f"{standin.base_url}/1.0/kb/catalog"
        assert ask(url, auth=person).status_code == 401
        dates = [version["effectiveDate"] for version in ask(url, headers=tenant, auth=person).json()]
    assert dates == sorted(dates)
    assert dates[1] < f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}" < dates[2]


def test_chargebee_takes_its_key_for_the_user_and_lists_deleted_items_on_request() -> None:
    with ChargebeeStandin() as standin:
        stocked(standin).withdraw(standin.id_of(0))
        url, auth = f"{standin.base_url}/api/v2/items", (standin.api_key, "")
        every = requests.get(url, params={"include_deleted": "true"}, auth=auth, timeout=10).json()
        living = requests.get(url, auth=auth, timeout=10).json()
        assert requests.get(url, auth=("x", ""), timeout=10).status_code == 401
    assert (len(every["list"]), len(living["list"]), "next_offset" in living) == (5, 4, False)


def test_hubspot_sends_the_properties_that_were_asked_for_and_archived_ones_apart() -> None:
    with HubspotStandin() as standin:
        stocked(standin).withdraw(standin.id_of(0))
        url, headers = f"{standin.base_url}/crm/v3/objects/products", {"Authorization": f"Bearer {standin.token}"}
        living = ask(url, params={"properties": "name"}, headers=headers).json()["results"]
        archived = ask(url, params={"archived": "true"}, headers=headers).json()["results"]
    assert living[0]["properties"].keys() == {"name", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert ([row["id"] for row in archived], len(living)) == ([standin.id_of(0)], 4)


def test_odoo_leaves_archived_products_out_unless_the_domain_names_them_and_refuses_unknown_fields() -> None:
    with OdooStandin() as standin:
        stocked(standin).retire(standin.id_of(0))
        url, headers = (
            f"{standin.base_url}/json/2/product.template/search_read",
            {"Authorization": f"bearer {standin.token}"},
        )
        usual = ask(url, "POST", json={"domain": [], "fields": ["name"]}, headers=headers)
        every = ask(
            url, "POST", json={"domain": [["active", "in", [True, False]]], "fields": ["name"]}, headers=headers
        )
        wrong = ask(url, "POST", json={"domain": [], "fields": ["x_none"]}, headers=headers)
    assert (len(usual.json()), len(every.json()), wrong.status_code) == (4, 5, 422)


def test_stripe_goes_on_after_an_id_whatever_came_before_it() -> None:
    with StripeStandin(page_limit=2) as standin:
        stocked(standin)
        url, headers = f"{standin.base_url}/v1/products", {"Authorization": f"Bearer {standin.token}"}
        first = requests.get(url, headers=headers, timeout=10).json()
        standin.replace([*standin.shelf.every(), standin.product(99)])
        after = first["data"][-1]["id"]
        second = requests.get(url, params={"starting_after": after}, headers=headers, timeout=10).json()
    ids = [row["id"] for row in (*first["data"], *second["data"])]
    assert ids == [standin.id_of(number) for number in (4, 3, 2, 1)]
