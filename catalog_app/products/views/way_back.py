"""Back to the list as it was, after something was done on a page of its own."""

from flask import request, url_for

from catalog_app.accounts.next_page import page_of, safe_next


def list_or(target: str | None) -> str:
    """Return the state of the list, or the product's page, that a form brought along; else the plain list."""
    home = url_for("products.index")
    wanted = safe_next(target)
    path = wanted.partition("?")[0]
    return wanted if path == home or path.removeprefix(home).isdecimal() else home


def list_before() -> str:
    """Return the state of the list that this page was opened from, as far as the browser says."""
    return list_or(page_of(request.referrer or "", host=request.host))
