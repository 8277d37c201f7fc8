"""Versions: what a reader has need not be sent again, and no writer overwrites what he has not seen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]
# `make torture` has 160, by programs of their own.
EDITS = 80


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_reader_who_has_this_version_gets_304(api: Program, stored: Stored, tag: str) -> None:
    answer = api.get(f"/products/{stored().id}/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')
    assert "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("tag", ['"2"', "nonsense", ""])
def test_a_reader_who_has_another_version_gets_the_product(api: Program, stored: Stored, tag: str) -> None:
    answer = api.get(f"/products/{stored().id}/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')


@pytest.mark.parametrize("tag", ['"1"', "*", '"5", "1"', None])
def test_a_write_on_the_present_version_is_done_and_raises_it_by_one(
    api: Program, stored: Stored, tag: str | None
) -> None:
    path = f"/products/{stored().id}/"
    headers = {"If-Match": tag} if tag else {}

    answer = api.patch(path, {"name": "New"}, headers=headers)

    assert (answer.status_code, answer.headers["ETag"], answer.json["version"]) == (200, '"2"', 2)


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', '"5", "6"', '"one"', '"9999999999999999999999"'])
def test_a_write_on_another_version_is_refused(api: Program, stored: Stored, tag: str) -> None:
    path, headers = f"/products/{stored(name='Old').id}/", {"If-Match": tag}

    answers = (
        api.patch(path, {"name": "New"}, headers=headers),
        api.put(path, {"name": "New", "product_type": "data", "is_active": True}, headers=headers),
        api.delete(path, headers=headers),
    )

    assert [answer.status_code for answer in answers] == [412, 412, 412]
    assert all(answer.content_type == "application/problem+json" for answer in answers)
    assert (api.get(path).json["name"], api.get(path).json["version"]) == ("Old", 1)


def test_a_write_that_demands_that_nothing_is_there_is_refused(api: Program, stored: Stored) -> None:
    answer = api.put(f"/products/{stored().id}/", {"name": "A", "product_type": "data"}, headers={"If-None-Match": "*"})

    assert answer.status_code == 412


def test_a_version_of_a_product_that_is_not_there_is_404(api: Program) -> None:
    for tag in ("*", '"1"', '"1", "2"'):
        assert api.patch("/products/77/", {"name": "New"}, headers={"If-Match": tag}).status_code == 404


def test_a_patch_that_changes_nothing_keeps_the_version(api: Program, stored: Stored) -> None:
    product = stored(name="Roam 5")

    assert api.patch(f"/products/{product.id}/", {"name": "Roam 5"}).headers["ETag"] == '"1"'


def test_of_many_patches_on_the_same_version_exactly_one_wins(api: Program, stored: Stored) -> None:
    path = f"/products/{stored().id}/"

    def change(number: int) -> tuple[int, str]:
        name = f"Name {number}"
        return api.patch(path, {"name": name}, headers={"If-Match": '"1"'}).status_code, name

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(change, range(EDITS)))

    winners = [name for status, name in answers if status == 200]
    assert sorted(status for status, _ in answers) == [200] + [412] * (EDITS - 1)
    now = api.get(path).json
    assert (now["name"], now["version"]) == (winners[0], 2)


def test_of_many_edits_by_programs_that_try_again_none_is_lost(api: Program, stored: Stored) -> None:
    path = f"/products/{stored(features={}).id}/"

    def edit(number: int) -> str:
        while True:
            tag = api.get(path).headers["ETag"]
            answer = api.patch(path, {"features": {f"edit {number}": number}}, headers={"If-Match": tag})
            if answer.status_code == 200:
                return tag
            assert answer.status_code == 412

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(edit, range(EDITS)))

    now = api.get(path).json
    assert now["features"] == {f"edit {number}": number for number in range(EDITS)}
    assert len(set(won)) == EDITS
    assert now["version"] == EDITS + 1


def test_of_many_edits_without_a_version_none_is_lost_either(api: Program, stored: Stored) -> None:
    path = f"/products/{stored(features={}).id}/"

    def edit(number: int) -> int:
        return api.patch(path, {"features": {f"edit {number}": number}}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(edit, range(EDITS))) == {200}

    assert len(api.get(path).json["features"]) == EDITS


def test_programs_that_bring_the_same_new_segment_at_once_all_succeed(api: Program) -> None:
    def create(number: int) -> int:
        body = {"name": f"P{number}", "product_type": "data", "target_segments": [f"new-{number // 8}", "newer"]}
        return api.post("/products/", body).status_code

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(create, range(40))) == [201] * 40
