"""What SQLite's index is asked for some words; also for words of one or two letters, which are no gram themselves."""

from collections.abc import Sequence
from typing import Final

from catalog_app.core.reader import Reader
from catalog_app.products.search.grams import END, SIZE, any_gram, as_kept, every_gram, grams

_MOST_GRAMS: Final = 300
"""A short word that begins more grams than these is in too many texts for the index to help."""
_SAMPLE: Final = 100
_LAST: Final = "\U0010ffff"


def question_of(reader: Reader, words: Sequence[str]) -> str | None:
    """Return what finds every product that may hold one of the words; None where the index cannot say it.

    It may find more: what it finds is to be verified.
    """
    questions = [_of_word(reader, word) for word in words]
    known = [question for question in questions if question is not None]
    return " OR ".join(f"({question})" for question in known) if len(known) == len(questions) else None


def share_of(reader: Reader, words: Sequence[str]) -> float:
    """Return which share of some products holds one of the words; they are taken from all over the catalogue."""
    most = reader.value("SELECT max(id) FROM product") or 0
    numbers = sorted({1 + most * step // _SAMPLE for step in range(_SAMPLE)})
    holds = " OR ".join(["instr(search_text, ?) > 0"] * len(words))
    places = ", ".join(map(str, numbers))
    holding = reader.value(f"SELECT count(*) FROM product WHERE id IN ({places}) AND ({holds})", words)  # noqa: S608  # whole numbers
    return float(holding) / len(numbers)


def _of_word(reader: Reader, word: str) -> str | None:
    if found := grams(word):
        return every_gram(found)
    begun = _begun_with(reader, as_kept(word))
    if begun is None:
        return None
    # Where no gram begins like this, neither does the word itself: that finds nothing.
    return any_gram(begun or [(word + END + END)[:SIZE]])


def _begun_with(reader: Reader, start: str) -> list[str] | None:
    """Return the grams in use that begin with this; every letter of a text begins one (grams.END)."""
    found: list[str] = []
    while len(found) <= _MOST_GRAMS:
        after = found[-1] + "\x00" if found else start
        term = reader.value(
            "SELECT term FROM product_search_vocab WHERE term >= ? AND term < ? LIMIT 1", (after, start + _LAST)
        )
        if term is None:
            return found
        found.append(term)
    return None
