"""The Arabic catalogue: complete for the main pages, true to its sources, and up to date with the code."""

import re
from collections.abc import Iterator
from functools import cache
from gettext import c2py

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from catalog_app.core.catalogues import source_of
from scripts.messages import all_messages, is_said

MAIN_PAGES = (
    "templates/dashboard/", "templates/products/", "templates/sync/", "templates/components/", "templates/errors/",
    "templates/accounts/login.html", "templates/accounts/profile.html", "templates/base.html", "templates/_document.html",
    "catalog_app/dashboard/", "catalog_app/products/", "catalog_app/sync/", "catalog_app/core/", "catalog_app/accounts/",
)  # fmt: skip
"""What the Arabic pages cover; others may still be in English."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)([sdr])")
# Arabic says one and two of a thing by the word alone: "one product", "two products".
_WITHOUT_A_FIGURE = (1, 2)
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@cache
def _arabic() -> Catalog:
    with source_of("ar").open("rb") as text:
        return read_po(text, locale="ar")


@cache
def _source() -> Catalog:
    return all_messages()


def _translated() -> Iterator[Message]:
    return (message for message in _arabic() if message.id and is_said(message))


def test_the_main_pages_have_every_sentence_in_arabic() -> None:
    missing = [
        message.id
        for message in _source()
        if message.id and any(place.startswith(MAIN_PAGES) for place, _ in message.locations) and not _has(message)
    ]
    assert missing == [], "run `make messages` and translate what is new in translations/ar/LC_MESSAGES/messages.po"


def _has(message: Message) -> bool:
    found = _arabic().get(message.id[0] if isinstance(message.id, tuple) else message.id)
    return found is not None and found.id == message.id and is_said(found)


def test_every_translation_fills_in_what_its_source_does() -> None:
    assert [fault for message in _translated() for fault in _faults(message)] == []


def _faults(message: Message) -> Iterator[str]:
    if isinstance(message.id, str):
        if set(_PLACEHOLDER.findall(message.id)) != set(_PLACEHOLDER.findall(str(message.string))):
            yield message.id
        return
    known = set(_PLACEHOLDER.findall("".join(message.id)))
    assert isinstance(message.string, list | tuple)
    for form, said in enumerate(message.string):
        filled = set(_PLACEHOLDER.findall(said))
        if not filled <= known or (filled != known and len(known - filled) > (form in _WITHOUT_A_FIGURE)):
            yield f"{message.id[0]} [{form}]"


def test_an_arabic_plural_has_six_forms() -> None:
    assert _arabic().num_plurals == 6
    assert [m.id for m in _translated() if isinstance(m.id, tuple) and len(m.string or "") != 6] == []


def test_the_form_for_a_number_is_the_one_that_arabic_has_for_it() -> None:
    """Eleven days are no "100 days": the order of the forms is that of the CLDR."""
    order = ("zero", "one", "two", "few", "many", "other")
    index, form = c2py(_arabic().plural_expr), Locale.parse("ar").plural_form
    assert [number for number in range(300) if order[index(number)] != form(number)] == []


def test_a_sentence_ends_in_arabic_as_it_does_in_english() -> None:
    """A full stop or a question mark that is lost makes two sentences one."""
    same = {".": ".", "?": "؟", ":": ":"}
    strays = []
    for message in _translated():
        english, arabic = _last(message.id), _last(message.string)
        if english in same and not arabic.endswith(same[english]):
            strays.append((message.id, arabic))
    assert strays == []


def _last(text: object) -> str:
    last = text[-1] if isinstance(text, list | tuple) else text
    return str(last)[-1:]


def test_no_translation_holds_a_mark_that_nobody_sees() -> None:
    """Pages make such marks visible, because names use them to deceive; what needs setting apart is set apart."""
    assert [m.id for m in _translated() if _INVISIBLE.search(str(m.string))] == []
