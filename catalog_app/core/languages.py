"""The languages of the pages, and which of them a request is answered in. Programs are always answered in English."""

from collections.abc import Mapping
from typing import Final

from flask import Flask, Response, current_app, has_request_context, request

from catalog_app.core.asked import MACHINE_PATHS
from catalog_app.core.catalogues import ready
from catalog_app.core.cookies import cookie_name

SOURCE: Final = "en"
"""What the code is written in."""

LANGUAGES: Final[Mapping[str, str]] = {SOURCE: "English", "ar": "العربية"}
"""Every language by its own name, as somebody looks for it who reads no other."""

COOKIE: Final = "catalog_language"
_YEAR: Final = 365 * 24 * 60 * 60
_OFFERED: Final = "catalog-languages"


def init_app(app: Flask) -> None:
    app.extensions[_OFFERED] = tuple(code for code in LANGUAGES if code == SOURCE or ready(code))


def offered() -> Mapping[str, str]:
    """Return the languages whose words are at hand, by their own names."""
    return {code: LANGUAGES[code] for code in current_app.extensions[_OFFERED]}


def language_asked() -> str:
    """Return the language of this request: the one that was chosen here, else the best that the browser asks for.

    The choice travels in a cookie, so that no page reads the database for it, not even the one that says that
    the database is down. What a person chose is kept with their account too and put into the cookie at sign-in.
    """
    if not has_request_context() or request.path.startswith(MACHINE_PATHS):
        return SOURCE
    at_hand = offered()
    chosen = request.cookies.get(cookie_name(COOKIE, is_secure=request.is_secure))
    if chosen in at_hand:
        return str(chosen)
    return request.accept_languages.best_match(at_hand) or SOURCE


def keep_language(response: Response, language: str) -> Response:
    """Let the browser remember a choice of language."""
    is_secure = request.is_secure
    name = cookie_name(COOKIE, is_secure=is_secure)
    response.set_cookie(name, language, max_age=_YEAR, httponly=True, samesite="Lax", secure=is_secure, path="/")
    return response
