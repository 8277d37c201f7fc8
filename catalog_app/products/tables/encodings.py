"""Which letters the bytes of a text file stand for: its mark says it, or that it is UTF-8, or a person does."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, Final

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.table import EncodingError, TableError

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHOICES: Final = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western European)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1251": "Windows-1251 (Cyrillic)",
}
"""What a person may choose where the file does not tell; every file of bytes can be read as some of them."""
_NAMES: Final = {**CHOICES, "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}
_AT_ONCE: Final = 64 * 1024


def encoding_name(encoding: str) -> str:
    """Return what people call an encoding."""
    return _NAMES.get(encoding, encoding)


def found_encoding(file: BinaryIO, chosen: str | None = None) -> str:
    """Return the encoding of a text file: by its mark, else the one chosen, else UTF-8 where all of it is that.

    Raises EncodingError where it has no mark, is no UTF-8, and nobody chose; TableError where it is no text.
    """
    if chosen is not None and chosen not in CHOICES:
        raise TableError(Sentence("Choose one of the encodings that are offered."))
    file.seek(0)
    head = file.read(_AT_ONCE)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked is None and b"\0" in head:
        raise TableError(
            Sentence("It is no text: save it as CSV, XLSX or NDJSON. (Text in UTF-16 must begin with its mark.)")
        )
    encoding = marked or chosen or "utf-8"
    _check(file, encoding)
    return encoding


@contextmanager
def as_text(file: BinaryIO, encoding: str) -> Iterator[TextIOWrapper]:
    """Give the whole file as text, its line ends as they are. The file stays open."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _check(file: BinaryIO, encoding: str) -> None:
    """Read the file once to its end, so that it is not half taken when a letter turns out to be none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    lines = 1
    while True:
        part = file.read(_AT_ONCE)
        try:
            text = decoder.decode(part, final=not part)
        except UnicodeDecodeError as fault:
            lines += fault.object[: fault.start].count(b"\n")
            raise EncodingError(
                Sentence(
                    "Line %(line)d is not %(encoding)s. Choose the encoding that the file was saved in.",
                    line=lines,
                    encoding=encoding_name(encoding),
                )
            ) from None
        if not part:
            return
        if "\0" in text:
            raise TableError(Sentence("It is no text: it holds the character NUL."))
        lines += text.count("\n")
