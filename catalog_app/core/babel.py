"""Languages and the words of pages: every string goes through gettext, English is the source."""

from flask import Flask, request
from flask_babel import Babel

LANGUAGES = ("en",)
_babel = Babel()


def init_app(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = LANGUAGES[0]
    app.jinja_env.add_extension("jinja2.ext.i18n")
    _babel.init_app(app, locale_selector=_language)


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
