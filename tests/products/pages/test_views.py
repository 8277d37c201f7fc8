"""What a person keeps of the list: saved views, columns and density."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from catalog_app.accounts.roles import Role
from tests.products.pages.conftest import MakeProduct
from tests.support.clients import Browser

FRAGMENT = {"HX-Request": "true"}
VIEWS = "/admin/products/views"


def rail(page: str) -> dict[str, str]:
    """Return the views beside the list with their counts."""
    found = re.findall(r'nav-view-name">([^<]+)</bdi><span class="num">([^<]*)<', page)
    return {unescape(name): count for name, count in found}


def address_of(page: str, name: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*><bdi class="nav-view-name">{re.escape(name)}<', page)
    assert found, name
    return unescape(found[1])


def heads(page: str) -> set[str]:
    """Return which of the columns that come and go are shown."""
    return {name for name in ("type", "window", "segments", "external") if f'class="cell-{name}' in page}


def test_a_saved_view_leads_back_to_its_state_without_the_place_in_it(viewer: Browser, make: MakeProduct) -> None:
    make(name="A", category="Roaming")
    asked = viewer.get(f"{VIEWS}/new?query=category%3Droaming%26sort%3Dname%26limit%3D50%26cursor%3Dabc%26at%3D51").text
    assert 'value="category=roaming&amp;sort=name&amp;limit=50"' in asked

    answer = viewer.send(VIEWS, name=" Roaming ", query="category=roaming&sort=name&cursor=abc&nonsense=1")

    assert answer.headers["Location"] == "/admin/products/?category=roaming&sort=name"
    page = viewer.get("/admin/products/").text
    assert address_of(page, "Roaming") == "/admin/products/?category=roaming&sort=name"


def test_everybody_has_views_that_count_what_they_show(editor: Browser, viewer: Browser, make: MakeProduct) -> None:
    mine = {"price": {"by": "user:editor@operator.example", "at": "2026-05-01T00:00:00Z", "theirs": "1"}}
    make(name="Mine", sync_state="conflict", field_locks=mine)
    make(name="Theirs", sync_state="conflict", field_locks={"name": {**mine["price"], "by": "user:omar@o.example"}})
    make(name="Gone", sync_state="missing")
    # What the counters know stands there at once, the rest when the page asks for it.
    first, counted = (rail(editor.get(path).text) for path in ("/admin/products/", f"{VIEWS}/counts"))
    assert (first["Conflicts"], first["Missing at source"], first["My conflicts"]) == ("2", "1", "")
    assert counted == {"My conflicts": "1", "Conflicts": "2", "Missing at source": "1", "Ending this month": "0"}
    page = editor.get(address_of(editor.get("/admin/products/").text, "My conflicts")).text
    assert "Mine" in page
    assert "Theirs" not in page
    assert "My conflicts" not in rail(viewer.get("/admin/products/").text)


def test_a_view_is_ones_own_until_an_editor_shares_it(editor: Browser, viewer: Browser) -> None:
    editor.send(VIEWS, name="Own", query="product_type=data")
    editor.send(VIEWS, name="For all", query="product_type=sms", shared="1")
    viewer.send(VIEWS, name="Not allowed to share", query="product_type=sms", shared="1")
    assert {"Own", "For all"} <= rail(editor.get("/admin/products/").text).keys()
    assert "Own" not in rail(viewer.get("/admin/products/").text)
    assert "For all" in rail(viewer.get("/admin/products/").text)
    assert "Not allowed to share" not in rail(editor.get("/admin/products/").text)


def test_views_are_renamed_ordered_and_deleted_by_their_owner_alone(editor: Browser, viewer: Browser) -> None:
    for name in ("First", "Second"):
        editor.send(VIEWS, name=name, query="product_type=data", shared="1")
    first, second = map(int, re.findall(r'action="/admin/products/views/(\d+)"', editor.get(VIEWS).text))

    assert "You have a view of this name." in editor.send(f"{VIEWS}/{second}", name="First", do="save").text
    editor.send(f"{VIEWS}/{second}", name="Prices", do="save")
    editor.send(f"{VIEWS}/{second}", name="Prices", do="up")
    assert list(rail(editor.get("/admin/products/").text))[-2:] == ["Prices", "First"]
    assert viewer.send(f"{VIEWS}/{first}", name="Mine now", do="save").status_code == 404
    assert viewer.send(f"{VIEWS}/{first}", do="delete").status_code == 404
    editor.send(f"{VIEWS}/{first}", do="delete")
    assert "First" not in rail(editor.get("/admin/products/").text)


def test_an_admin_may_delete_what_somebody_shares(editor: Browser, sign_in: Callable[[Role], Browser]) -> None:
    editor.send(VIEWS, name="Left behind", query="product_type=data", shared="1")
    admin = sign_in("admin")
    (number,) = re.findall(r'action="/admin/products/views/(\d+)"', admin.get(VIEWS).text)
    admin.send(f"{VIEWS}/{number}", do="delete")
    assert "Left behind" not in rail(editor.get("/admin/products/").text)


def test_a_deleted_view_comes_back_where_it_stood_unless_its_name_was_given_away(
    editor: Browser, viewer: Browser
) -> None:
    for name in ("First", "Second"):
        editor.send(VIEWS, name=name, query="product_type=data&sort=name", shared="1")
    before = rail(editor.get("/admin/products/").text)
    first, second = re.findall(r'action="/admin/products/views/(\d+)"', editor.get(VIEWS).text)

    told = editor.post(f"{VIEWS}/{first}", data={"csrf_token": editor.csrf(), "do": "delete"}, headers=FRAGMENT).text
    assert ("View First deleted" in told, f'action="{VIEWS}/{first}/restore"' in told) == (True, True)
    assert viewer.send(f"{VIEWS}/{first}/restore").status_code == 404, "another browser has deleted nothing"
    assert editor.send(f"{VIEWS}/{first}/restore").status_code == 303
    assert list(rail(editor.get("/admin/products/").text).items()) == list(before.items())
    assert editor.send(f"{VIEWS}/{first}/restore").status_code == 404, "once is enough"

    editor.send(f"{VIEWS}/{second}", do="delete")
    editor.send(VIEWS, name="Second", query="product_type=sms")
    editor.send(f"{VIEWS}/{second}/restore")
    assert "You have a view of this name." in editor.get("/admin/products/").text


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "\x07"])
def test_a_name_that_cannot_be_one_is_refused_beside_the_field(viewer: Browser, name: str) -> None:
    answer = viewer.send(VIEWS, name=name, query="product_type=data")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_columns_and_density_are_kept_for_one_person(editor: Browser, viewer: Browser, make: MakeProduct) -> None:
    make(valid_to="2026-12-31T00:00:00Z", target_segments=["youth"])
    assert heads(editor.get("/admin/products/").text) == {"type", "segments"}
    token = editor.csrf()
    answer = editor.post(
        "/admin/products/display",
        data={"csrf_token": token, "columns": ["window", "type", "no such"], "density": "comfortable"},
        headers=FRAGMENT,
    )
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "products-changed")
    page = editor.get("/admin/products/").text
    assert heads(page) == {"type", "window"}
    assert "product-table comfortable" in page
    assert heads(viewer.get("/admin/products/").text) == {"type", "segments"}


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/admin/users", ""])
def test_a_choice_without_the_script_leads_back_to_the_list_and_nowhere_else(viewer: Browser, back: str) -> None:
    answer = viewer.send("/admin/products/display", density="compact", back="/admin/products/?search=flex")
    assert answer.headers["Location"] == "/admin/products/?search=flex"
    assert viewer.send("/admin/products/display", back=back).headers["Location"] == "/admin/products/"
