"""The eight rules that consumers of TMF620 check."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.products.models import Product
from tests.support.api import Program
from tests.tmforum.conftest import BASE, HOST, Door

Save = Callable[..., Product]

# 1. Lists


def test_a_list_is_a_bare_array_with_both_counts(reader: Door, stored: Save) -> None:
    for number in range(3):
        stored(name=f"Plan {number}")

    answer = reader.get("productOffering")

    assert (answer.status_code, len(answer.json)) == (200, 3)
    assert (answer.headers["X-Total-Count"], answer.headers["X-Result-Count"]) == ("3", "3")


@pytest.mark.parametrize(
    ("query", "status", "total", "result"),
    [
        ("limit=2", 206, "3", "2"),
        ("offset=1&limit=1", 206, "3", "1"),
        ("offset=2", 200, "3", "1"),
        ("offset=0&limit=3", 200, "3", "3"),
        ("limit=500", 200, "3", "3"),
        ("offset=7&limit=2", 200, "3", "0"),
        ("limit=0", 206, "3", "0"),
        ("name=Plan%201&limit=1", 200, "1", "1"),
    ],
)
@pytest.mark.parametrize("kind", ["productOffering", "productOfferingPrice"])
def test_206_only_where_a_part_was_asked_for_and_rows_remain(
    door: Door, kind: str, query: str, status: int, total: str, result: str
) -> None:
    for number in range(3):
        door.made(kind, name=f"Plan {number}")

    answer = door.get(f"{kind}?{query}")

    headers = answer.headers["X-Total-Count"], answer.headers["X-Result-Count"], str(len(answer.json))
    assert (answer.status_code, headers) == (status, (total, result, result))


def test_pages_of_every_list_hold_each_resource_once_and_in_one_order(door: Door, stored: Save) -> None:
    for number in range(4):
        stored(name=f"Plan {number}", category=f"Mobile/Plan {number}")
        door.made("productSpecification", name=f"Line {number}")
        door.made("category", name=f"House {number}")
    for kind in ("productOffering", "productSpecification", "category"):
        whole = door.ids(kind)
        paged = [found for start in range(0, len(whole), 3) for found in door.ids(f"{kind}?offset={start}&limit=3")]
        assert paged == whole
        assert len(set(whole)) == len(whole) >= 4


def test_a_list_that_is_longer_than_a_piece_is_answered_whole(
    reader: Door, stored: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog_app.tmforum.offerings.PIECE", 2)
    monkeypatch.setattr("catalog_app.tmforum.views.PIECE", 2)
    saved = [str(stored(name=f"Plan {number}").id) for number in range(4)]

    assert reader.ids("productOffering") == saved
    assert reader.ids("productOffering?name=Plan%203&name=Plan%201&name=Plan%200") == [saved[0], saved[1], saved[3]]


# 2. What every offering has


def test_every_offering_has_the_texts_that_consumers_need(reader: Door, stored: Save) -> None:
    product = stored(name="Data 5", product_type="data")

    (shown,) = reader.get("productOffering").json

    mandatory = {name: shown[name] for name in ("id", "href", "lastUpdate", "lifecycleStatus", "name")}
    assert mandatory == {
        "id": str(product.id),
        "href": f"{HOST}{BASE}/productOffering/{product.id}",
        "lastUpdate": "2026-06-01T12:00:00Z",
        "lifecycleStatus": "Launched",
        "name": "Data 5",
    }
    assert shown["isBundle"] is False
    assert "bundledProductOffering" not in shown


def test_the_specification_of_a_type_resolves_and_says_what_the_reference_says(reader: Door, stored: Save) -> None:
    stored(product_type="data")

    (shown,) = reader.get("productOffering").json

    reference = shown["productSpecification"]
    specification = reader.get(reference["href"]).json
    assert {name: specification[name] for name in reference} == reference
    assert set(reference) == {"id", "href", "name"}
    assert reference["id"] in reader.ids("productSpecification")


def test_a_bundle_names_its_offerings_instead_of_a_specification(reader: Door, stored: Save) -> None:
    data = stored(name="Data 5", external_product_id="PO-DATA")
    members = [{"product": data.id, "min": 0, "default": 1, "max": 2}, {"product": "PO-DATA"}, {"product": "PO-GONE"}]
    bundle = stored(product_type="bundle", members=members)
    empty = stored(product_type="bundle")

    shown = reader.get(f"productOffering/{bundle.id}").json

    assert "productSpecification" not in shown
    first, second, third = shown["bundledProductOffering"]
    assert first == {
        "id": str(data.id),
        "href": f"{HOST}{BASE}/productOffering/{data.id}",
        "name": "Data 5",
        "bundledProductOfferingOption": {
            "numberRelOfferLowerLimit": 0,
            "numberRelOfferDefault": 1,
            "numberRelOfferUpperLimit": 2,
        },
    }
    assert second["id"] == str(data.id)
    assert (third["id"], "href" in third) == ("PO-GONE", False)
    assert reader.get(f"productOffering/{empty.id}").json["bundledProductOffering"] == []


def test_a_specification_that_a_client_made_is_kept_and_named(door: Door) -> None:
    line = door.made("productSpecification", name="Fibre line", brand="Tamra")
    offering = door.made("productOffering", name="Fibre 100", productSpecification={"id": line["id"]})

    assert offering["productSpecification"] == {name: line[name] for name in ("id", "href", "name")}
    assert door.get(line["href"]).json["brand"] == "Tamra"
    in_use = door.delete(f"productSpecification/{line['id']}")
    assert (in_use.status_code, in_use.json["status"]) == (409, "409")
    back = door.patch(f"productOffering/{offering['id']}", {"productSpecification": {"id": "data"}})
    assert back.json["productSpecification"]["id"] == "data"
    assert door.delete(f"productSpecification/{line['id']}").status_code == 204


# 3. What is not there


@pytest.mark.parametrize("kind", ["productOffering", "productSpecification", "productOfferingPrice", "category"])
@pytest.mark.parametrize("missing", ["999999", "0", "-1", "x", "999999-0", "path-eHg", "1e3", "%D9%A3"])
def test_an_unknown_id_is_404_in_tm_forums_form(reader: Door, kind: str, missing: str) -> None:
    answer = reader.get(f"{kind}/{missing}")

    assert (answer.status_code, answer.json["status"]) == (404, "404")
    assert answer.content_type == "application/json"
    assert {name: type(answer.json[name]) for name in ("code", "reason", "message")} == dict.fromkeys(
        ("code", "reason", "message"), str
    )


def test_every_error_of_this_door_has_tm_forums_form(app: Flask, door: Door, reader: Door) -> None:
    nobody = Program(app, "pc_00000000_" + "0" * 43)
    answers = [
        (401, nobody.get(f"{HOST}{BASE}/productOffering")),
        (403, reader.post("productOffering", {"name": "X"})),
        (404, reader.get("nothing")),
        (405, door.send("PUT", "productOffering/1", json={"name": "X"})),
        (400, door.post("productOffering", [])),
        (400, door.post("productOffering", {})),
        (415, door.send("POST", "productOffering", data=b"<a/>", content_type="text/xml")),
        (409, door.delete("productSpecification/data")),
    ]

    for status, answer in answers:
        assert (answer.status_code, answer.json["status"]) == (status, str(status))
        assert set(answer.json) == {"code", "reason", "status", "message", "@type"}


# 4. Attributes


def test_fields_gives_those_and_the_id_and_nothing_more(reader: Door, stored: Save) -> None:
    product = stored(name="Data 5")

    wanted = "fields=name,lifecycleStatus"
    expected = {"id": str(product.id), "name": "Data 5", "lifecycleStatus": "Launched"}

    assert reader.get(f"productOffering?{wanted}").json == [expected]
    assert reader.get(f"productOffering/{product.id}?{wanted}").json == expected
    assert reader.get(f"productOffering/{product.id}?fields=agreement").json == {"id": str(product.id)}


@pytest.mark.parametrize(
    "path", ["productOffering?fields=colour", "productOffering/1?fields=id,colour", "category?fields=brand"]
)
def test_a_field_that_there_is_not_is_400_and_named(reader: Door, stored: Save, path: str) -> None:
    stored()

    answer = reader.get(path)

    assert answer.status_code == 400
    assert "There is no attribute" in answer.json["message"]


# 5. Filters


@pytest.mark.parametrize(
    "path", ["productOffering?colour=red", "productOfferingPrice?brand=x", "productOffering/1?name=x"]
)
def test_a_filter_that_there_is_not_is_400(reader: Door, stored: Save, path: str) -> None:
    stored()

    assert reader.get(path).status_code == 400


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=x", "offset=1.5", "limit=1&limit=2", "offset=9999999999", "name=%00"]
)
def test_a_stretch_or_a_text_that_cannot_be_is_400(reader: Door, query: str) -> None:
    assert reader.get(f"productOffering?{query}").status_code == 400


def test_filters_narrow_together_and_compare_what_is_shown(door: Door) -> None:
    active = door.made("productOffering", name="A", lifecycleStatus="Active")
    launched = door.made("productOffering", name="A", lifecycleStatus="Launched")
    draft = door.made("productOffering", name="B")
    bundle = door.made("productOffering", name="B", isBundle=True, lifecycleStatus="In Study")

    assert door.ids("productOffering?lifecycleStatus=Active") == [active["id"]]
    assert door.ids("productOffering?lifecycleStatus=Launched") == [launched["id"]]
    assert door.ids("productOffering?lifecycleStatus=In%20Design") == [draft["id"]]
    assert door.ids("productOffering?lifecycleStatus=In%20Study&isBundle=true") == [bundle["id"]]
    assert door.ids("productOffering?lifecycleStatus=in%20study") == []
    assert door.ids("productOffering?name=A&lifecycleStatus=Active") == [active["id"]]
    assert door.ids("productOffering?name=B&isBundle=false") == [draft["id"]]
    assert door.ids(f"productOffering?lastUpdate={draft['lastUpdate']}") == [draft["id"]]
    assert door.ids(f'productOffering?lastUpdate="{draft["lastUpdate"]}"') == [draft["id"]]
    assert door.ids("productOffering?lastUpdate=yesterday") == []


def test_the_status_word_comes_back_as_written_until_the_state_moves(door: Door) -> None:
    made = door.made("productOffering", name="A", lifecycleStatus="Active")
    path = f"productOffering/{made['id']}"

    assert made["lifecycleStatus"] == "Active"
    assert door.patch(path, {"description": "More"}).json["lifecycleStatus"] == "Active"
    program = Program(door.program.app, door.program.token)
    assert program.patch(f"/products/{made['id']}/", {"lifecycle_status": "suspended"}).status_code == 200
    assert door.get(path).json["lifecycleStatus"] == "Suspended"
    assert door.ids("productOffering?lifecycleStatus=Suspended") == [made["id"]]
    assert program.patch(f"/products/{made['id']}/", {"lifecycle_status": "launched"}).status_code == 200
    assert door.ids("productOffering?lifecycleStatus=Active") == [made["id"]]


# 6. Writing


@pytest.mark.parametrize("kind", ["productOffering", "productSpecification", "productOfferingPrice", "category"])
def test_a_name_alone_is_enough_and_takes_the_defaults(door: Door, kind: str) -> None:
    posted = door.post(kind, {"name": "Plain"})

    assert posted.status_code == 201
    assert posted.headers["Location"] == posted.json["href"]
    assert door.get(posted.headers["Location"]).json == posted.json
    assert posted.json["lifecycleStatus"] == "In Design"
    assert posted.json["id"] in door.ids(kind)


def test_a_made_offering_is_a_product_with_its_rules_and_its_history(door: Door) -> None:
    made = door.made("productOffering", name="Plain")

    product = door.program.get(f"/products/{made['id']}/").json

    shown = {
        name: product[name] for name in ("external_system", "name", "product_type", "lifecycle_status", "created_by")
    }
    assert shown == {
        "external_system": "manual",
        "name": "Plain",
        "product_type": "service",
        "lifecycle_status": "in_design",
        "created_by": "token:a BSS",
    }
    bad = door.patch(f"productOffering/{made['id']}", {"lifecycleStatus": "Obsolete"})
    assert (bad.status_code, "lifecycleStatus" in bad.json["message"]) == (400, True)


@pytest.mark.parametrize("body", [
    {}, {"name": ""}, {"name": None}, {"name": 5}, {"name": "A" * 256}, {"name": "A", "colour": "red"},
    {"name": "A", "lifecycleStatus": "Sort of"}, {"name": "A", "isBundle": "yes"}, {"name": "A", "category": "B"},
    {"name": "A", "validFor": {"startDateTime": "tomorrow"}}, {"name": "A", "validFor": {"endDateTime": "2026-01-01"}},
    {"name": "A", "validFor": {"startDateTime": "2027-01-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}},
    {"name": "A", "productSpecification": {"id": "999"}}, {"name": "A", "bundledProductOffering": [{"id": "999"}]},
    {"name": "A", "productOfferingPrice": [{"id": "999"}]}, {"name": "A", "productOfferingPrice": [{"price": {}}]},
    {"name": "A", "productOfferingPrice": [{"priceType": "recurring", "price": {"unit": "SAR", "value": 1}}]},
    {"name": "A", "productOfferingPrice": [{"price": {"unit": "riyal", "value": 1}}]},
    {"name": "A", "productOfferingPrice": [{"price": {"unit": "SAR", "value": -1}}]},
])  # fmt: skip
def test_what_breaks_a_rule_is_400_and_makes_nothing(door: Door, body: Any) -> None:
    answer = door.post("productOffering", body)

    assert answer.status_code == 400, answer.text
    assert door.ids("productOffering") == []


def test_a_patch_changes_what_it_names_and_null_takes_away(door: Door) -> None:
    made = door.made(
        "productOffering",
        name="A",
        description="B",
        validFor={"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"},
        place=[{"id": "riyadh"}],
        version="1.0",
    )

    patched = door.patch(
        f"productOffering/{made['id']}", {"description": None, "validFor": {"endDateTime": None}, "place": None}
    ).json

    assert patched["validFor"] == {"startDateTime": "2026-01-01T00:00:00Z"}
    assert (patched["name"], patched["version"]) == ("A", "1.0")
    assert not {"description", "place"} & set(patched)


def test_what_was_read_can_be_sent_back_and_changes_nothing(door: Door) -> None:
    data = door.made("productOffering", name="Data", lifecycleStatus="Active")
    bundle = door.made(
        "productOffering",
        name="All",
        isBundle=True,
        bundledProductOffering=[{"id": data["id"], "bundledProductOfferingOption": {"numberRelOfferUpperLimit": 3}}],
        category=[{"name": "Mobile"}, {"name": "Postpaid"}],
        productOfferingPrice=[
            {"name": "Price", "price": {"dutyFreeAmount": {"unit": "SAR", "value": 5}, "taxRate": 15}}
        ],
    )

    again = door.patch(f"productOffering/{bundle['id']}", bundle)

    assert (again.status_code, again.json) == (200, bundle)


def test_drafts_are_hidden_from_who_may_not_write(door: Door, reader: Door) -> None:
    for kind in ("productOffering", "productSpecification", "productOfferingPrice", "category"):
        draft = door.made(kind, name="Draft")
        assert draft["id"] in door.ids(kind)
        assert draft["id"] not in reader.ids(kind)
        assert reader.get(f"{kind}/{draft['id']}").status_code == 404
        door.patch(f"{kind}/{draft['id']}", {"lifecycleStatus": "Active"})
        assert reader.get(f"{kind}/{draft['id']}").status_code == 200


# 7. Prices


def test_embedded_prices_tell_tax_and_period_and_standalone_ones_their_own_way(door: Door) -> None:
    alone = door.made(
        "productOfferingPrice",
        name="Rental",
        priceType="recurring",
        recurringChargePeriodType="month",
        recurringChargePeriodLength=3,
        price={"unit": "SAR", "value": 19.9},
    )
    assert (alone["price"], alone["recurringChargePeriodLength"]) == ({"unit": "SAR", "value": 19.9}, 3)
    fee = {"name": "Fee", "priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": "SAR", "value": 50.25}}}
    offering = door.made("productOffering", name="Line", productOfferingPrice=[fee, {"id": alone["id"]}])

    main, further = offering["productOfferingPrice"]
    assert (main["priceType"], main["recurringChargePeriod"]) == ("recurring", "quarter")
    assert main["price"] == {"taxIncludedAmount": {"unit": "SAR", "value": 19.9}}
    assert (further["name"], further["price"]) == ("Fee", {"dutyFreeAmount": {"unit": "SAR", "value": 50.25}})
    assert "recurringChargePeriod" not in further
    product = door.program.get(f"/products/{offering['id']}/").json
    assert (product["price"], product["billing_cycle"]) == ("19.90", "quarterly")

    shown = door.get(main["href"]).json
    assert (shown["id"], shown["price"]) == (main["id"], {"unit": "SAR", "value": 19.9})
    assert (shown["recurringChargePeriodType"], shown["recurringChargePeriodLength"]) == ("month", 3)
    assert door.patch(f"productOfferingPrice/{main['id']}", {"name": "X"}).status_code == 409
    assert door.ids("productOfferingPrice") == [alone["id"]]


def test_an_amount_keeps_every_digit(door: Door) -> None:
    price = {"price": {"taxIncludedAmount": {"unit": "SAR", "value": 1234567890.1234}}}
    offering = door.made("productOffering", name="Dear", productOfferingPrice=[price])

    assert door.program.get(f"/products/{offering['id']}/").json["price"] == "1234567890.1234"
    assert offering["productOfferingPrice"][0]["price"]["taxIncludedAmount"]["value"] == 1234567890.1234


# 8. Addresses


class TestBehindAPublicAddress:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {"public_base_url": "https://catalogue.example/"}

    def test_href_and_location_are_under_the_public_address(self, door: Door) -> None:
        posted = door.post("productOffering", {"name": "A"})

        assert posted.json["href"] == f"https://catalogue.example{BASE}/productOffering/{posted.json['id']}"
        assert posted.headers["Location"] == posted.json["href"]


def test_without_a_public_address_href_is_at_the_host_that_was_asked(door: Door) -> None:
    made = door.made("productOffering", name="A")

    answer = door.get(f"http://shop.example:8080{BASE}/productOffering/{made['id']}")

    assert answer.json["href"] == f"http://shop.example:8080{BASE}/productOffering/{made['id']}"
