"""Names and ids inside sentences of a right-to-left language: each keeps its own direction.

A Latin name at the end of an Arabic sentence would otherwise pull the full stop and brackets to its own side. The
marks that prevent it are invisible; a left-to-right page has none.

Invisible marks that come from data are made visible in every page (core/unseen.py), so ours stand in for themselves
until that is done: two code points that Unicode keeps for a program's own use.
"""

from typing import Any, Final

from flask import Flask, Response, g
from flask_babel import Domain, get_domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

_BEGIN, _END = "\ufdd0", "\ufdd1"
_MARKS = str.maketrans({_BEGIN: "\N{FIRST STRONG ISOLATE}", _END: "\N{POP DIRECTIONAL ISOLATE}"})
_SIGN = _BEGIN.encode()


def init_app(app: Flask) -> None:
    """Put the marks into finished pages. What is registered later runs earlier: data has been made visible by then."""
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed and _SIGN in response.get_data():
        response.set_data(response.get_data(as_text=True).translate(_MARKS))
    return response


_PLAIN: Final[dict[tuple[str, str], str]] = {}
_MOST: Final = 10_000


def spoken() -> str:
    """Return the language of this request, "" outside of one.

    A page asks two hundred times; Flask-Babel looks for the answer ten times as long as it takes to read it where
    Flask-Babel keeps it.
    """
    try:
        locale = g._flask_babel.babel_locale  # noqa: SLF001  # where it is not, we ask
    except (AttributeError, RuntimeError):
        locale = None
    locale = locale or get_locale()
    return str(locale.language) if locale else ""


class IsolatingDomain(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """The words of the application, with what is filled in set apart where that is needed."""

    def gettext(self, string: str, **variables: Any) -> str:
        if not variables:
            return self._plain(string)
        return str(super().gettext(string, **isolated(variables)))

    def _plain(self, string: str) -> str:
        """Return a sentence that holds no values; a page asks for a hundred of them, so each is looked up once."""
        key = (spoken(), string)
        said = _PLAIN.get(key)
        if said is None:
            if len(_PLAIN) > _MOST:
                _PLAIN.clear()
            said = _PLAIN[key] = str(super().gettext(string))
        return said

    def ngettext(self, singular: str, plural: str, num: int, /, **variables: Any) -> str:
        sentence = str(self.get_translations().ungettext(singular, plural, num))
        return sentence % isolated({"num": num, **variables})


def isolated(variables: dict[str, Any]) -> dict[str, Any]:
    """Return the values for a sentence: texts are set apart where the reader's language runs from right to left."""
    locale = get_locale()
    if not variables or locale is None or locale.text_direction != "rtl":
        return variables
    return {name: _apart(value) for name, value in variables.items()}


def _apart(value: Any) -> Any:
    if isinstance(value, Markup):
        return escape(_BEGIN) + value + escape(_END)
    return f"{_BEGIN}{value}{_END}" if isinstance(value, str) and value else value


_SAID: Final[dict[tuple[str, str], Markup]] = {}
"""Sentences without a value, ready for a page, by language: a page says a hundred of them."""


@pass_context
def template_gettext(context: Context, string: str, /, **variables: Any) -> str:
    """Say a sentence in a template: what is filled in is escaped as everything else that is printed."""
    if variables or not context.eval_ctx.autoescape:
        return _filled(context, _translations().ugettext(string), variables)
    key = (spoken(), string)
    said = _SAID.get(key)
    if said is None:
        # A percent sign stands twice in every sentence of a template, whether anything is filled in or not.
        said = _SAID[key] = Markup(_translations().ugettext(string)) % {}  # noqa: S704  # our own sentence
    return said


@pass_context
def template_ngettext(context: Context, singular: str, plural: str, num: int, /, **variables: Any) -> str:
    """Say a sentence with a number in a template."""
    variables.setdefault("num", num)
    return _filled(context, _translations().ungettext(singular, plural, num), variables)


def _filled(context: Context, sentence: str, variables: dict[str, Any]) -> str:
    text = Markup(sentence) if context.eval_ctx.autoescape else sentence  # noqa: S704  # our own sentence; values are escaped
    return text % isolated(variables)


def _translations() -> Any:
    return get_domain().get_translations()
