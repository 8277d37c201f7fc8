"""What the mapping does with the shapes of systems other than TMF620: objects, nested prices, several currencies."""

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog_app.core.errors import MappingError
from catalog_app.sync.connectors.mapping import Mapper
from catalog_app.sync.connectors.preset import Preset

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LEAST = """
name = "mini"
label = "Mini"
request = { path = "items" }
paging = { kind = "none" }
records = { paths = "items", id = "id" }
[tables.lifecycle_status]
true = "launched"
false = "retired"
[tables.price_type]
recurring = "recurring"
metered = "usage"
[tables.billing_cycle]
month = "monthly"
[fields]
name = { path = "title" }
description = { path = "about" }
product_type = { constant = "service" }
lifecycle_status = { path = ["state", "active"], casts = ["table"], table = "lifecycle_status" }
"""


def values(more: str, **record: Any) -> dict[str, Any]:
    # A section of `more` goes over the one that LEAST has.
    preset = Preset.model_validate({**tomllib.loads(LEAST), **tomllib.loads(more)}).filled({})
    return Mapper(preset, {}).map("1", {"id": "1", "title": "A", "active": True, **record}, now=NOW).values


@pytest.mark.parametrize(("active", "status"), [(True, "launched"), (False, "retired"), ("FALSE", "retired")])
def test_a_switch_is_read_by_the_table_of_states(active: object, status: str) -> None:
    assert values("", active=active)["lifecycle_status"] == status


def test_a_state_that_no_table_has_is_refused() -> None:
    with pytest.raises(MappingError) as fault:
        values("", state="paused")
    assert fault.value.field == "lifecycle_status"


def test_what_goes_without_saying_is_the_same_for_every_record() -> None:
    assert values("", product_type="data")["product_type"] == "service"


FALSE_IS_NULL = "records = { paths = 'items', id = 'id', false_is_null = true, keeps_false = ['active'] }\n"


def test_false_may_stand_for_what_is_not_set() -> None:
    found = values(FALSE_IS_NULL, active=False, about=False)
    assert (found["lifecycle_status"], found["description"]) == ("retired", None)
    with pytest.raises(MappingError):
        values("", about=False)


OBJECTS = """
[characteristics]
objects = ["meta", "other"]
attributes = { brand = ["make", "brand"], model = "model" }
[characteristics.features]
data_mb = { names = ["data", "data_mb"], units = "data" }
roaming_zones = { names = "zones", is_list = true, separator = ";" }
[characteristics.units]
data = { "" = 1, gb = 1024 }
"""


def test_the_keys_of_an_object_are_characteristics() -> None:
    meta = {"dataMb": "2 GB", "Zones": "EU; GCC;EU", "make": "Acme", "ports": 4, "none": None, "empty": ""}
    found = values(OBJECTS, meta=meta, other={"data_mb": 1, "model": "X"})
    assert found["features"] == {"data_mb": 2048, "roaming_zones": ["EU", "GCC"], "ports": 4}
    assert found["attributes"] == {"brand": "Acme", "model": "X"}


def test_of_an_object_that_holds_much_else_only_the_known_are_taken() -> None:
    only_known = OBJECTS.replace("objects =", "only_known = true\nobjects =")
    found = values(only_known, meta={"data_mb": 5, "ports": 4, "brand": "Acme"})
    assert (found["features"], found["attributes"]) == ({"data_mb": 5}, {"brand": "Acme"})


@pytest.mark.parametrize("odd", [None, [], "text", 5])
def test_what_is_no_object_has_no_characteristics(odd: object) -> None:
    assert values(OBJECTS, meta=odd)["features"] == {}


def test_a_feature_that_cannot_be_read_is_named() -> None:
    with pytest.raises(MappingError) as fault:
        values(OBJECTS, meta={"data_mb": "plenty"})
    assert fault.value.field == "features.data_mb"


NESTED = """
main_currency = "USD"
[[prices]]
each = ["phases[-1:]", "prices"]
name = "parent.kind"
main = "parent.parent.default == code"
period = "parent.parent.every"
amounts = [{ amount = "value", currency = "currency" }]
[[prices]]
each = ["phases", "fixed"]
name = "parent.kind"
amounts = [{ amount = "value", currency = "currency", default_currency = "EUR" }]
"""
PHASES = [
    {"kind": "TRIAL", "prices": [], "fixed": [{"value": 0}]},
    {
        "kind": "FINAL",
        "prices": [{"value": 10, "currency": "EUR", "code": "a"}, {"value": 12, "currency": "USD", "code": "b"}],
        "fixed": None,
    },
]


def test_prices_within_phases_know_their_phase_and_their_record() -> None:
    found = values(NESTED, phases=PHASES, every="month")
    assert (found["price"], found["currency"], found["billing_cycle"]) == (12, "USD", "monthly")
    assert [(price["name"], price["amount"], price["currency"]) for price in found["prices"]] == [
        ("FINAL", 10, "EUR"),
        ("TRIAL", 0, "EUR"),
    ]


def test_the_price_that_the_source_puts_first_goes_before_the_main_currency() -> None:
    assert values(NESTED, phases=PHASES, every="month", default="a")["currency"] == "EUR"


@pytest.mark.parametrize("phases", [None, [], [{"kind": "FINAL"}], [{"prices": None}]])
def test_a_record_without_prices_has_none(phases: Any) -> None:
    found = values(NESTED, phases=phases)
    assert (found["price"], found["prices"]) == (None, [])


@pytest.mark.parametrize("phases", ["none", 5, [{"prices": "none"}], [{"prices": 5}]])
def test_prices_that_are_no_list_set_the_record_aside(phases: Any) -> None:
    with pytest.raises(MappingError) as fault:
        values(NESTED, phases=phases)
    assert fault.value.field == "prices"


def test_the_record_itself_may_be_its_only_price() -> None:
    own = "[prices]\neach = '@'\nname = 'none'\nperiod = 'every'\namounts = [{ amount = 'cost', currency = 'money' }]"
    found = values(own, cost="9.90", money="eur", every="month")
    assert (str(found["price"]), found["currency"], found["recurring"], found["prices"]) == ("9.90", "EUR", True, [])
