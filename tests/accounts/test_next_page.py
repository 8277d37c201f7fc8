"""A sign-in leads to a page of this site, never elsewhere."""

import pytest

from catalog_app.accounts.next_page import HOME, page_of, safe_next


@pytest.mark.parametrize("target", ["/admin/", "/admin/products?search=5%2F6&sort=-name", "/admin/sync/runs/7#changes"])
def test_a_page_of_this_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "///elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example/",
        "/\n/elsewhere.example/",
        "\t//elsewhere.example",
        " //elsewhere.example",
        "javascript:alert(1)",
        "admin/",
        "elsewhere.example",
        "/login?next=/login",
        "/logout",
    ],
)
def test_anything_else_leads_home(target: str | None) -> None:
    assert safe_next(target) == HOME


def test_the_page_around_a_fragment_is_known_by_its_host() -> None:
    assert page_of("https://catalog.example/admin/?a=1", host="catalog.example") == "/admin/?a=1"
    assert page_of("https://elsewhere.example/admin/", host="catalog.example") is None
    assert page_of("http://[", host="catalog.example") is None
    assert page_of("", host="catalog.example") is None
