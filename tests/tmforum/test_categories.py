"""Categories: the levels of what products say of theirs, and those that clients make."""

from collections.abc import Callable

from catalog_app.products.models import Product
from tests.tmforum.conftest import Door

Save = Callable[..., Product]


def test_each_level_of_a_products_category_is_a_category(reader: Door, stored: Save) -> None:
    product = stored(category="Mobile/Postpaid/5G")
    stored(category="Mobile / Prepaid")
    stored(category=None)
    stored(category="Hidden", lifecycle_status="in_design")

    shown = {category["name"]: category for category in reader.get("category").json}

    assert list(shown) == ["Mobile", "Postpaid", "5G", "Prepaid"]
    assert (shown["Mobile"]["isRoot"], shown["5G"]["isRoot"]) == (True, False)
    assert shown["5G"]["parentId"] == shown["Postpaid"]["id"]
    assert [below["name"] for below in shown["Mobile"]["subCategory"]] == ["Postpaid", "Prepaid"]
    refs = reader.get(f"productOffering/{product.id}").json["category"]
    assert [ref["name"] for ref in refs] == ["Mobile", "Postpaid", "5G"]
    for ref in refs:
        assert reader.get(ref["href"]).json == shown[ref["name"]]


def test_an_offering_is_put_into_a_category_by_name_by_id_or_by_level(door: Door) -> None:
    named = door.made("productOffering", name="A", category=[{"name": "Mobile"}, {"name": "Postpaid"}])
    deepest = named["category"][-1]
    by_id = door.made("productOffering", name="B", category=[{"id": deepest["id"]}])
    house = door.made("category", name="House")
    lines = door.made("category", name="Lines", parentId=house["id"])
    in_made = door.made("productOffering", name="C", category=[{"id": lines["id"]}])

    assert by_id["category"] == named["category"]
    assert [ref["id"] for ref in in_made["category"]] == [house["id"], lines["id"]]
    assert door.program.get(f"/products/{in_made['id']}/").json["category"] == "House/Lines"
    assert door.patch(f"productOffering/{named['id']}", {"category": None}).json.get("category") is None


def test_a_category_that_a_client_made_stands_for_the_path_that_products_name(door: Door, stored: Save) -> None:
    stored(category="Mobile/Postpaid")
    before = {category["name"]: category["id"] for category in door.get("category").json}

    made = door.made("category", name="Mobile", description="What moves", lifecycleStatus="Active")

    shown = {category["name"]: category for category in door.get("category").json}
    assert (shown["Mobile"]["id"], shown["Mobile"]["description"]) == (made["id"], "What moves")
    assert shown["Postpaid"]["parentId"] == made["id"]
    assert door.get(f"category/{before['Mobile']}").json == shown["Mobile"]
    assert door.post("category", {"name": "Mobile"}).status_code == 409


def test_a_category_keeps_its_name_and_place_while_anything_is_in_it(door: Door, stored: Save) -> None:
    house = door.made("category", name="House")
    lines = door.made("category", name="Lines", parentId=house["id"])

    assert door.patch(f"category/{house['id']}", {"name": "Home"}).status_code == 409
    assert door.delete(f"category/{house['id']}").status_code == 409
    assert door.patch(f"category/{lines['id']}", {"name": "Cables"}).json["parentId"] == house["id"]
    assert door.patch(f"category/{lines['id']}", {"parentId": None}).json["isRoot"] is True
    stored(category="Cables")
    assert door.patch(f"category/{lines['id']}", {"name": "Lines"}).status_code == 409
    assert door.patch(f"category/{lines['id']}", {"description": "Fibre"}).status_code == 200


def test_a_category_that_only_products_name_is_changed_by_nobody(door: Door, stored: Save) -> None:
    stored(category="Mobile")
    (mobile,) = door.ids("category")

    assert door.patch(f"category/{mobile}", {"description": "X"}).status_code == 409
    assert door.delete(f"category/{mobile}").status_code == 409


def test_a_category_that_cannot_be_placed_is_refused(door: Door) -> None:
    for body in ({"name": "A/B"}, {"name": "A", "parentId": "999"}, {"name": "A", "parentId": 5}):
        assert door.post("category", body).status_code == 400
