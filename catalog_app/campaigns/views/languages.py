"""Languages as people call them, and which ones to offer."""

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale

from catalog_app.core.languages import LANGUAGES
from catalog_app.products.models import Product

OFTEN = (*LANGUAGES, "fr", "ur", "hi", "tl", "bn", "es", "pt", "tr", "id", "ru")
"""What an operator often writes in; any other is typed."""


def language_name(tag: str) -> str:
    """Return what people call a language; one that nobody has named is its own tag."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(get_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def language_choices(product: Product | None) -> list[tuple[str, str]]:
    """Return the languages to choose from: first those in which the product has a name."""
    translated = product.translations if product is not None else {}
    return [(tag, language_name(tag)) for tag in dict.fromkeys((*translated, *OFTEN))]
