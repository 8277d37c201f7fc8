"""What makes templates quick: imports that are made once, and pieces of pages that are printed once and remembered."""

from collections.abc import Callable, Hashable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from flask import Flask
from flask.templating import Environment
from markupsafe import Markup

from catalog_app.core.isolating import spoken

_MOST: Final = 300
"""Pieces that are remembered; a large one, a menu of 200 categories, takes 40 kB."""


class _Environment(Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names that every template knows.

        Nobody gives a template names of its own here. Jinja would wrap them all the same, and every import of a
        macro would compare two hundred names one by one: a tenth of what a page costs.
        """
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Has to come before anything that looks at the application's templates."""
    app.jinja_environment = _Environment
    # Whoever works on a macro wants to see it anew, also inside of another one that did not change.
    app.jinja_env.globals["kept"] = _anew if app.debug else kept


def kept(macro: Callable[..., str], *given: Hashable) -> Markup:
    """Return what a macro prints for these values, from memory where it was printed before in this language.

    It is for macros that are imported without context and print nothing but what they are given: no token, no
    moment, nothing of the request.
    """
    return _printed(macro, spoken(), *given)


def _anew(macro: Callable[..., str], *given: Hashable) -> Markup:
    return _printed.__wrapped__(macro, spoken(), *given)


# Values of different types may be equal: 1 and True are printed differently.
@lru_cache(maxsize=_MOST, typed=True)
def _printed(macro: Callable[..., str], _language: str, *given: Hashable) -> Markup:
    return Markup(macro(*given))  # noqa: S704  # a macro of ours escapes what it prints
