import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.core.errors import MappingError
from catalog_app.core.strict_json import decode
from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors.connector import Connector, MappedRecord, SourceConfig
from catalog_app.sync.connectors.preset import load_preset
from tests.support.skips import NO_SHARED_DATA

from .source import offering

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "products" / "tmf620-v5-examples.json"


def connector(tables: dict[str, dict[str, str]] | None = None) -> Connector:
    config = SourceConfig("xiva", "http://bss.example.com/", load_preset("tmf620"), tables=tables or {})
    return Connector(config, now=lambda: NOW)


TMF620 = connector()


def mapped(**fields: Any) -> MappedRecord:
    raw = decode(json.dumps(offering("A", **fields)).encode())
    return TMF620.map(TMF620.restore(raw))


def values(**fields: Any) -> dict[str, Any]:
    found = mapped(**fields).values
    ProductInput.check(found)
    return found


def test_the_least_offering_fills_every_field_that_the_preset_maps() -> None:
    assert values() == {
        "name": "Plan A",
        "short_name": None,
        "description": None,
        "product_type": "service",
        "payment_mode": "any",
        "category": None,
        "price": None,
        "currency": None,
        "recurring": False,
        "billing_cycle": "one_time",
        "tax_included": True,
        "tax_rate": None,
        "prices": [],
        "features": {},
        "attributes": {},
        "members": [],
        "relations": [],
        "points_price": None,
        "lifecycle_status": "launched",
        "is_available": True,
        "valid_from": None,
        "valid_to": None,
        "channels": [],
        "target_segments": [],
    }


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Active", "launched"),
        ("LAUNCHED", "launched"),
        ("In Study", "in_design"),
        ("In design", "in_design"),
        ("in_design", "in_design"),
        ("In Test", "in_test"),
        ("Retired", "retired"),
        ("obsolete", "obsolete"),
        ("Suspended", "suspended"),
        ("Rejected", "rejected"),
    ],
)
def test_a_status_word_has_one_meaning(word: str, status: str) -> None:
    assert values(lifecycleStatus=word)["lifecycle_status"] == status


@pytest.mark.parametrize("word", ["Sold", "Inactive", "", None, True, 5, [], {}, "active\0"])
def test_an_unknown_status_sets_the_record_aside(word: object) -> None:
    with pytest.raises(MappingError) as fault:
        mapped(lifecycleStatus=word)
    assert fault.value.field == "lifecycle_status"


def test_a_system_may_give_a_word_another_meaning() -> None:
    own = connector({"lifecycle_status": {"Active": "in_test"}})
    assert own.map(own.restore(offering("A"))).values["lifecycle_status"] == "in_test"


@pytest.mark.parametrize("name", [None, "", "  ", 1.5, [], {}, True, "a\0b", "half \ud800"])
def test_a_name_that_is_none_sets_the_record_aside(name: object) -> None:
    with pytest.raises(MappingError) as fault:
        TMF620.map(
            TMF620.restore({**offering("A"), "name": name} if name != "half \ud800" else offering("A", name="\0"))
        )
    assert fault.value.field == "name"


def test_hostile_text_that_is_text_is_kept_as_text() -> None:
    name = "\u202eevil <script>{{ 7*7 }}</script> =1+1 \u200bx"
    assert values(name=name)["name"] == name


CATEGORY = [{"name": "Mobile"}, {"name": "Postpaid"}, {"id": "7"}]
TYPES = [
    ({}, "service", True),
    ({"isBundle": True}, "bundle", False),
    ({"isBundle": "true"}, "service", True),
    ({"isBundle": True, "characteristic": [{"name": "data_allowance", "value": 1}]}, "bundle", False),
    (
        {"characteristic": [{"name": "data_allowance", "value": 1}, {"name": "voice_minutes", "value": 1}]},
        "data",
        False,
    ),
    ({"characteristic": [{"name": "voice_minutes", "value": 1}]}, "voice", False),
    ({"characteristic": [{"name": "smsAllowance", "value": 1}]}, "sms", False),
    ({"category": [{"name": "Devices"}]}, "device", False),
    ({"productSpecification": {"name": "Voucher"}}, "voucher", False),
    ({"productSpecification": {"name": "Add-on"}, "characteristic": [{"name": "data_mb", "value": 1}]}, "addon", False),
    ({"@type": "RewardOffering"}, "reward", False),
    ({"@type": "ProductOffering", "category": [{"name": "Cloud services"}]}, "service", False),
    ({"characteristic": [{"name": "product_type", "value": "Add-on"}], "isBundle": True}, "addon", False),
]


@pytest.mark.parametrize(("fields", "product_type", "is_default"), TYPES)
def test_the_product_type_is_derived_and_a_default_is_counted(
    fields: dict[str, Any], product_type: str, is_default: bool
) -> None:
    found = mapped(**fields)
    assert (found.values["product_type"], found.defaults_taken) == (product_type, ("product_type",) * is_default)


def test_plain_fields_are_where_tmf620_has_them() -> None:
    found = values(
        description=" Much ",
        isSellable=False,
        category=CATEGORY,
        validFor={"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00+01:00"},
        channel=[{"name": "Online Channel"}, {"name": "SMS"}, {"name": "web"}, {"name": "Dealer"}],
        marketSegment=[{"id": "High Value"}, {"id": 1266}, {"id": "high-value"}],
    )
    assert (found["description"], found["is_available"], found["category"]) == ("Much", False, "Mobile/Postpaid")
    assert found["valid_from"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert found["valid_to"] == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert found["channels"] == ["web", "sms"]
    assert found["target_segments"] == ["high-value", "1266"]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("is_available", {"isSellable": "perhaps"}),
        ("valid_from", {"validFor": {"startDateTime": "2026-02-30"}}),
        ("valid_to", {"validFor": {"endDateTime": 17}}),
        ("channels", {"channel": [{"name": "Smoke signals"}]}),
        ("category", {"category": [{"name": {}}]}),
        ("payment_mode", {"characteristic": [{"name": "payment_mode", "value": "barter"}]}),
        ("points_price", {"characteristic": [{"name": "points_price", "value": "many"}]}),
        ("product_type", {"characteristic": [{"name": "product_type", "value": "hat"}]}),
        ("members.product", {"bundledProductOffering": [{"name": "no id"}]}),
        ("members", {"bundledProductOffering": {"id": "1"}}),
        ("relations.relation", {"productOfferingRelationship": [{"id": "1", "relationshipType": "admires"}]}),
        ("features.data_mb", {"characteristic": [{"name": "data_allowance", "value": "much"}]}),
        ("features.data_mb", {"characteristic": [{"name": "data_allowance", "value": 5, "unitOfMeasure": "XB"}]}),
        ("features.data_mb", {"characteristic": [{"name": "data_allowance", "value": -5}]}),
        ("features.color_scheme", {"characteristic": [{"name": "colorScheme", "value": "a\0"}]}),
        ("attributes.brand", {"characteristic": [{"name": "brand", "value": "a\0"}]}),
    ],
)
def test_an_unusable_value_names_its_field(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(MappingError) as fault:
        mapped(**fields)
    assert fault.value.field == field


def test_members_and_relations_name_products_by_their_external_id() -> None:
    option = {"numberRelOfferLowerLimit": 0, "numberRelOfferDefault": 1, "numberRelOfferUpperLimit": 2}
    found = values(
        bundledProductOffering=[{"id": "B", "bundledProductOfferingOption": option}, {"id": " C\u200b"}],
        productOfferingRelationship=[
            {"id": "D", "relationshipType": "requires"},
            {"id": "E", "relationshipType": "DependsOn"},
            {"id": "F", "relationshipType": "replacedBy"},
            {"id": "G", "relationshipType": "exchangableTo"},
        ],
    )
    assert found["members"] == [{"product": "B", "min": 0, "default": 1, "max": 2}, {"product": "C"}]
    assert found["relations"] == [
        {"relation": "requires", "product": "D"},
        {"relation": "requires", "product": "E"},
        {"relation": "replaced_by", "product": "F"},
    ]


def spec_use(name: str, *choices: dict[str, Any]) -> dict[str, Any]:
    return {"prodSpecCharValueUse": [{"name": name, "productSpecCharacteristicValue": list(choices)}]}


SHAPES: list[Callable[[str, dict[str, Any]], dict[str, Any]]] = [
    spec_use,
    lambda name, value: {
        "productOfferingCharacteristic": [{"name": name, "characteristicValueSpecification": [value]}]
    },
    lambda name, value: {"productOfferingCharacteristic": [{"name": name, **value}]},
    lambda name, value: {"characteristic": [{"name": name, **value}]},
    lambda name, value: {"characteristic": [{"name": name, "value": value}]},
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "value", "feature"),
    [
        ("data_allowance", {"value": 5, "unitOfMeasure": "GB"}, {"data_mb": 5120}),
        ("data_allowance", {"value": "1.5 GB"}, {"data_mb": 1536}),
        ("data_allowance", {"value": "500MB"}, {"data_mb": 500}),
        ("data_allowance", {"value": 2048}, {"data_mb": 2048}),
        ("data_allowance", {"value": 2.2, "unitOfMeasure": "GB"}, {"data_mb": 2253}),
        ("dataAllowance", {"value": "Unlimited"}, {"data_mb": "unlimited"}),
        ("voice_minutes", {"value": 2, "unitOfMeasure": "hours"}, {"voice_minutes": 120}),
        ("sms_allowance", {"value": "100"}, {"sms_count": 100}),
        ("validity_days", {"value": 24, "unitOfMeasure": "hours"}, {"validity_days": 1}),
        ("speed_mbps", {"value": 1, "unitOfMeasure": "Gbps"}, {"speed_mbps": 1000}),
        ("commitment_months", {"value": 2, "unitOfMeasure": "Year"}, {"commitment_months": 24}),
        ("roaming_zones", {"value": "EU, GCC,EU"}, {"roaming_zones": ["EU", "GCC"]}),
        ("roaming_zones", {"value": ["EU", "GCC"]}, {"roaming_zones": ["EU", "GCC"]}),
        ("Number of Ports", {"value": 8}, {"number_of_ports": 8}),
        ("Reach", {"value": 8.5, "unitOfMeasure": "km"}, {"reach": "8.5 km"}),
    ],
)
def test_a_feature_is_read_from_every_shape_and_unit(
    shape: Callable[[str, dict[str, Any]], dict[str, Any]], name: str, value: dict[str, Any], feature: dict[str, Any]
) -> None:
    assert values(**shape(name, value))["features"] == feature


def test_the_default_choice_of_a_characteristic_is_taken() -> None:
    choices = ({"value": 1}, {"value": 2, "isDefault": True}, {"value": 3, "isDefault": False})
    assert values(**spec_use("Ports", *choices))["features"] == {"ports": 2}
    assert values(**spec_use("Ports", choices[0], choices[2]))["features"] == {"ports": [1, 3]}


def test_attributes_and_fields_take_their_characteristics_out_of_the_features() -> None:
    given = {
        "brand": "Acme",
        "terms_url": "https://example.com/t",
        "short_name": "A1",
        "payment_mode": "Pre-paid",
        "points_price": 500,
    }
    found = values(characteristic=[{"name": name, "value": value} for name, value in given.items()])
    assert found["features"] == {}
    assert found["attributes"] == {"brand": "Acme", "terms_url": "https://example.com/t"}
    assert (found["short_name"], found["payment_mode"], found["points_price"]) == ("A1", "prepaid", 500)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "value", "price", "unit"]), inner)
    ),
    max_leaves=8,
)
FIELDS = (
    "name", "lifecycleStatus", "isSellable", "category", "channel", "marketSegment", "validFor", "productOfferingPrice",
    "bundledProductOffering", "productOfferingRelationship", "characteristic", "prodSpecCharValueUse", "isBundle",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(JSON, max_size=2), max_size=4))
def test_whatever_comes_a_record_is_mapped_or_set_aside(fields: dict[str, Any]) -> None:
    raw = decode(json.dumps({**offering("A"), **fields}).encode())
    # Any other exception than this one would end the run.
    with suppress(MappingError):
        assert TMF620.map(TMF620.restore(raw)).values["name"]


def test_the_examples_of_tmf620_v5_are_mapped() -> None:
    if not EXAMPLES.exists():
        pytest.skip(NO_SHARED_DATA)
    firewall, broadband = (TMF620.map(TMF620.restore(raw)).values for raw in decode(EXAMPLES.read_bytes()))
    assert (firewall["name"], firewall["lifecycle_status"]) == ("Basic Firewall for Business", "launched")
    assert firewall["features"] == {"number_of_ports": 8}
    assert firewall["relations"] == [{"relation": "requires", "product": "331"}]
    assert (firewall["price"], firewall["prices"]) == (None, [])
    assert (broadband["product_type"], broadband["features"]) == ("data", {"bandwidth": 1000})
    assert broadband["valid_to"] == datetime(2021, 8, 25, tzinfo=UTC)
