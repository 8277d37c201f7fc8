"""The words of pages: every string goes through gettext, English is the source."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import Any, Protocol

from babel import Locale
from babel.lists import format_list
from flask import Flask
from flask_babel import Babel, force_locale, get_locale, gettext

from catalog_app.core import isolating, languages
from catalog_app.core.catalogues import TRANSLATIONS
from catalog_app.core.errors import Fault, Keys, Sentence
from catalog_app.core.isolating import IsolatingDomain, template_gettext, template_ngettext
from catalog_app.core.time_zones import zone_asked
from catalog_app.core.wiring import providers


class KeyWords(Protocol):
    """What the rooms that own our short strings call them, such as Voice for voice; None is no word of theirs."""

    def __call__(self, key: str) -> str | None: ...


class _Words(Babel):  # type: ignore[misc]  # Flask-Babel ships no types
    @cached_property
    def domain_instance(self) -> IsolatingDomain:
        return IsolatingDomain(domain=self.domain)


_babel = _Words()
_SENTENCES = frozenset({Sentence, Fault})


def init_app(app: Flask) -> None:
    languages.init_app(app)
    app.config["BABEL_DEFAULT_LOCALE"] = languages.SOURCE
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters["in_words"] = in_words
    # Wherever a template prints a sentence of our rules, it is in the reader's language; nobody has to think of it.
    app.jinja_env.finalize = _printed
    app.jinja_env.globals["languages"] = languages.offered
    app.context_processor(_reading)
    _babel.init_app(app, locale_selector=languages.language_asked, timezone_selector=zone_asked)
    isolating.init_app(app)
    # jinja's own "_" would look for gettext in the context first, a hundred times a page.
    app.jinja_env.globals.update(_=template_gettext, gettext=template_gettext, ngettext=template_ngettext)


def in_words(sentence: str) -> str:
    """Return a sentence of our rules in the language of the reader; any other text stays as it is."""
    if isinstance(sentence, Keys):
        return ", ".join(map(_word, sentence.keys))
    if not isinstance(sentence, Sentence):
        return sentence
    values = {name: in_words(value) if isinstance(value, str) else value for name, value in sentence.values.items()}
    return str(gettext(sentence.template, **values)) if sentence.template else str(sentence)


def in_source_words(sentence: str) -> str:
    """Return the same in English, for a reason that is kept before anybody knows who will read it."""
    with force_locale(languages.SOURCE):
        return in_words(sentence)


def _word(key: str) -> str:
    return next((word for words in providers(KeyWords) if (word := words(key)) is not None), key)


def _printed(value: Any) -> Any:
    return in_words(value) if type(value) in _SENTENCES else value


def listed(words: Iterable[str]) -> str:
    """Return several words as the reader's language lists them: "Lina, Omar and Sara"."""
    return str(format_list(list(words), locale=_locale()))


@cache
def _numbers_of_each_kind(locale: Locale) -> Mapping[str, int]:
    """Return for each kind of number that a language tells apart the first that is of it."""
    first: dict[str, int] = {}
    for number in range(200):
        first.setdefault(locale.plural_form(number), number)
    return first


def plural_words(say: Callable[[int], str]) -> Mapping[str, str]:
    """Return how a sentence with a number goes for each kind of number that the reader's language tells apart.

    The number itself is left open as "{n}", so that a browser can count on by itself.
    """
    numbers = _numbers_of_each_kind(_locale())
    return {kind: say(number).replace(str(number), "{n}") for kind, number in numbers.items()}


def _locale() -> Locale:
    return get_locale() or Locale(languages.SOURCE)


def _reading() -> dict[str, Any]:
    locale = _locale()
    return {"locale": str(locale).replace("_", "-"), "text_direction": locale.text_direction}
