"""Bring the catalogues of words up to what code and templates say: `make messages`.

New sentences come without a translation, the ones that nobody says any more go. Nothing is guessed from a similar
sentence: a translation that is nearly right is worse than English.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog, Message  # noqa: E402  # the script stands beside the package
from babel.messages.extract import extract_from_dir  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from catalog_app.core.catalogues import TRANSLATIONS, source_of  # noqa: E402

KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    # Sentences of our rules: English where they are raised, in the reader's language where a page shows them.
    "Sentence": None,
    "Fault": (2,),
}
_METHODS: Final = (("**.py", "python"), ("**.html", "jinja2"))
_PLACES: Final = ("catalog_app", "templates")


def main() -> None:
    template = all_messages()
    for language in sorted(folder.name for folder in TRANSLATIONS.iterdir() if folder.is_dir()):
        source = source_of(language)
        with source.open("rb") as text:
            catalogue = read_po(text, locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        # The dates of a file of words say nothing that its history does not; without them equal words are equal files.
        if isinstance(catalogue.revision_date, datetime):
            catalogue.creation_date = catalogue.revision_date
        catalogue.version, catalogue.msgid_bugs_address, catalogue.last_translator = "1", "issues", "Product Catalog"
        catalogue.language_team = language
        with source.open("wb") as text:
            write_po(text, catalogue, width=120, sort_by_file=True, include_lineno=False)
        missing = sum(not is_said(message) for message in catalogue if message.id)
        print(f"{source.relative_to(ROOT)}: {len(catalogue)} messages, {missing} without a translation")


def all_messages() -> Catalog:
    """Return every sentence that goes through gettext, with the files that say it."""
    found = Catalog(project="Product Catalog", charset="utf-8")
    options = {"**.html": {"silent": "false"}}
    for place in _PLACES:
        for path, line, message, comments, context in extract_from_dir(
            str(ROOT / place),
            list(_METHODS),
            options,
            KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            found.add(message, None, [(f"{place}/{path}", line)], auto_comments=comments, context=context)
    return found


def is_said(message: Message) -> bool:
    """Return whether a message has a translation, in every form of the plural."""
    said = message.string
    return bool(said) if isinstance(said, str) else all(said or ("",))


if __name__ == "__main__":
    main()
