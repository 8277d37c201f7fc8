"""The control door of every stand-in: shut without its secret, and doing what it says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.hubspot import HubspotStandin
from catalog_app.demo.standin.killbill import KillbillStandin
from catalog_app.demo.standin.lago import LagoStandin
from catalog_app.demo.standin.odoo import OdooStandin
from catalog_app.demo.standin.products import StandinProduct
from catalog_app.demo.standin.salesforce import SalesforceStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin
from catalog_app.demo.standin.xiva import XivaStandin

SECRET = "the secret of the door"
EVERY = (
    XivaStandin,
    SalesforceStandin,
    KillbillStandin,
    ChargebeeStandin,
    HubspotStandin,
    OdooStandin,
    StripeStandin,
    LagoStandin,
)


@pytest.fixture(params=EVERY, ids=[kind.name for kind in EVERY])
def standin(request: pytest.FixtureRequest) -> Iterator[SourceStandin]:
    with request.param(control_secret=SECRET) as running:
        running.replace(running.product(number) for number in range(20))
        yield running


def ask(standin: SourceStandin, told: Any = None, *, secret: str = SECRET) -> requests.Response:
    method = "GET" if told is None else "POST"
    url, headers = f"{standin.base_url}/_standin/", {"X-Standin-Secret": secret}
    return requests.request(method, url, json=told, headers=headers, timeout=10)


def test_it_tells_what_the_stand_in_does_and_can_do(standin: SourceStandin) -> None:
    told = ask(standin).json()
    assert (told["system"], told["products"], told["fault"]) == (standin.name, 20, None)
    assert all(switch.keys() == {"key", "label"} for switch in (*told["faults"], *told["actions"]))
    assert {Fault[switch["key"]] for switch in told["faults"]} <= standin.faults


def test_a_fault_is_turned_on_and_off(standin: SourceStandin) -> None:
    assert ask(standin, {"fault": "EMPTY_LISTING"}).json()["fault"] == "EMPTY_LISTING"
    assert standin.fault is Fault.EMPTY_LISTING
    assert ask(standin, {"fault": None}).json()["fault"] is None
    assert standin.fault is None


def test_a_fifth_is_retired_half_is_deleted_and_everything_put_back(standin: SourceStandin) -> None:
    ask(standin, {"action": "retire_fifth"})
    assert len(standin.offered()) == 16
    ask(standin, {"action": "withdraw_half"})
    assert len(standin.offered()) == 8
    ask(standin, {"action": "withdraw_one"})
    assert len(standin.offered()) == 7
    ask(standin, {"action": "reset"})
    # It began without products; the test put them there.
    assert standin.offered() == []


@pytest.mark.parametrize("action", ["rename_one", "change_prices", "change_some_prices"])
def test_products_change_and_stay_as_many(standin: SourceStandin, action: str) -> None:
    before = standin.offered()
    assert ask(standin, {"action": action}).status_code == 200
    assert standin.offered() == before


def test_what_is_changed_or_put_back_has_changed_now_so_that_a_listing_of_changes_shows_it() -> None:
    products = [StandinProduct(SalesforceStandin.id_of(number), f"Plan {number}") for number in range(3)]
    with SalesforceStandin(products, control_secret=SECRET) as standin:
        first, *others = standin.shelf.every()
        asked = datetime.now(UTC).replace(microsecond=0)
        ask(standin, {"action": "rename_one"})
        renamed = standin.shelf.every()[0]
        assert renamed.updated >= asked

        ask(standin, {"action": "reset"})
        back, *same = standin.shelf.every()
        assert (back.name, back.updated > renamed.updated) == (first.name, True)
        assert same == others


def test_it_stays_shut_for_another_secret_and_counts_nothing(standin: SourceStandin) -> None:
    refused = [ask(standin, told, secret=wrong) for told in (None, {"fault": "EMPTY_LISTING"}) for wrong in ("", "x")]
    assert {answer.status_code for answer in refused} == {403}
    assert standin.fault is None
    assert standin.seen == ()


@pytest.mark.parametrize("told", [{}, [], {"fault": "UNKNOWN"}, {"action": "unknown"}, {"fault": 1}, {"fault": ["x"]}])
def test_a_word_that_it_does_not_know_is_refused(standin: SourceStandin, told: Any) -> None:
    assert ask(standin, told).status_code == 422


def test_a_fault_that_the_system_has_no_place_for_is_refused() -> None:
    with KillbillStandin(control_secret=SECRET) as standin:
        assert ask(standin, {"fault": "REPEAT_FIRST_PAGE"}).status_code == 422


def test_there_is_no_door_without_a_secret() -> None:
    with SalesforceStandin() as standin:
        assert ask(standin, secret="").status_code == 404
