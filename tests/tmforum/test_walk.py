"""A client's whole way with each kind of resource that it may write: make, find, look, change, delete, miss."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.tmforum.conftest import Door

FULL: dict[str, dict[str, Any]] = {
    "productOffering": {
        "name": "Roam & Talk 5",
        "description": "Five days abroad",
        "version": "2.1",
        "lifecycleStatus": "Active",
        "statusReason": "Released for sale",
        "isBundle": False,
        "isSellable": True,
        "validFor": {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2030-01-01T00:00:00Z"},
        "productSpecification": {"id": "voice"},
        "category": [{"name": "Roaming"}],
        "place": [{"id": "riyadh", "name": "Riyadh"}],
        "productOfferingPrice": [
            {
                "name": "Monthly",
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "price": {"taxIncludedAmount": {"unit": "SAR", "value": 19.9}},
            }
        ],
    },
    "productSpecification": {
        "name": "Fibre line",
        "brand": "Tamra",
        "productNumber": "F-1",
        "version": "1.0",
        "description": "A line into the house",
        "lifecycleStatus": "Launched",
        "isBundle": False,
        "productSpecCharacteristic": [{"name": "speed", "valueType": "number"}],
    },
    "productOfferingPrice": {
        "name": "Line rental",
        "priceType": "recurring",
        "version": "1.0",
        "description": "Each month",
        "lifecycleStatus": "Active",
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
        "percentage": 12.5,
        "price": {"unit": "SAR", "value": 49.5},
    },
    "category": {
        "name": "For the house",
        "description": "Lines and devices",
        "version": "1.0",
        "lifecycleStatus": "Active",
    },
}
FILTERS = {
    "productOffering": (
        "id", "href", "name", "description", "lifecycleStatus", "statusReason", "version", "isBundle", "isSellable",
        "lastUpdate",
    ),
    "productSpecification": (
        "id", "href", "name", "description", "lifecycleStatus", "version", "isBundle", "lastUpdate", "brand", "productNumber",
    ),
    "productOfferingPrice": (
        "id", "href", "name", "description", "lifecycleStatus", "version", "isBundle", "lastUpdate", "priceType",
        "percentage", "recurringChargePeriodType", "recurringChargePeriodLength",
    ),
    "category": ("id", "href", "name", "description", "lifecycleStatus", "version", "isRoot", "lastUpdate"),
}  # fmt: skip
MISS = {"isBundle": "true", "isSellable": "false", "isRoot": "false"}


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("kind", FULL)
def test_a_resource_is_made_found_by_each_filter_looked_at_changed_and_deleted(door: Door, kind: str) -> None:
    posted = door.post(kind, FULL[kind])
    assert posted.status_code == 201, posted.text
    made = posted.json
    assert {name: made[name] for name in FULL[kind] if name in ("name", "lifecycleStatus", "version")} == {
        name: value for name, value in FULL[kind].items() if name in ("name", "lifecycleStatus", "version")
    }
    assert door.get(posted.headers["Location"]).json == made

    for name in FILTERS[kind]:
        hit, miss = quote(text(made[name])), MISS.get(name, "something%20else")
        assert made["id"] in door.ids(f"{kind}?{name}={hit}"), name
        assert made["id"] not in door.ids(f"{kind}?{name}={miss}"), name
    assert made["id"] in door.ids(f"{kind}?lastUpdate=%22{quote(made['lastUpdate'])}%22")
    both = f"name={quote(made['name'])}&lifecycleStatus={quote(made['lifecycleStatus'])}"
    assert door.ids(f"{kind}?{both}") == [made["id"]]
    assert door.ids(f"{kind}?{both}&version=9.9") == []

    for name in ("name", "lifecycleStatus", "lastUpdate", "href"):
        assert door.get(f"{kind}/{made['id']}?fields={name}").json == {"id": made["id"], name: made[name]}
        assert {"id": made["id"], name: made[name]} in door.get(f"{kind}?fields={name}").json

    changed = door.patch(f"{kind}/{made['id']}", {"description": "Said anew", "version": None})
    assert changed.status_code == 200, changed.text
    assert changed.json["description"] == "Said anew"
    assert "version" not in changed.json
    assert datetime.fromisoformat(changed.json["lastUpdate"]) > datetime.fromisoformat(made["lastUpdate"])
    unchanged = ("id", "href", "name", "lifecycleStatus")
    assert {name: changed.json[name] for name in unchanged} == {name: made[name] for name in unchanged}

    gone = door.delete(f"{kind}/{made['id']}")
    assert (gone.status_code, gone.data) == (204, b"")
    for method, body in (("GET", None), ("PATCH", {"name": "Back"}), ("DELETE", None)):
        options = {} if body is None else {"json": body}
        missed = door.send(method, f"{kind}/{made['id']}", **options)
        assert missed.status_code == 404
        assert set(missed.json) >= {"code", "reason", "status", "message"}
        assert {type(value) for value in missed.json.values()} == {str}
    assert made["id"] not in door.ids(kind)
