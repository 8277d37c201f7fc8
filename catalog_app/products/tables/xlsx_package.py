"""The archive that a workbook is: opened within limits, its parts found and parsed as they are unpacked.

A library that reads workbooks builds a tree of each row, of all shared strings and of all styles, and a few megabytes
sent can be told to become gigabytes there. Here each part is read as a stream of events, and what is kept is counted.
"""

import posixpath
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.table import MIB, TableError

MAX_PARTS: Final = 2_000
MAX_UNPACKED: Final = 512 * MIB
_AT_ONCE: Final = 64 * 1024
_BROKEN: Final = Sentence("The workbook is damaged. Open it in a spreadsheet program and save it again as XLSX.")


class Target(Protocol):
    """What takes the events of one part; names come without their namespace."""

    is_done: bool

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def data(self, text: str) -> None: ...
    def end(self, name: str) -> None: ...


class Package:
    """An open workbook. Sizes are as the archive declares them, and no part is unpacked beyond what it declares."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._archive = ZipFile(file)
        except (BadZipFile, ValueError, OSError, NotImplementedError):
            raise TableError(_BROKEN) from None
        parts = self._archive.infolist()
        self._sizes = {part.filename: part.file_size for part in parts}
        if any(part.flag_bits & 1 for part in parts):
            raise TableError(Sentence("The workbook has a password. Save it without one."))
        if len(parts) > MAX_PARTS or sum(self._sizes.values()) > MAX_UNPACKED:
            raise TableError(Sentence("Unpacked, the workbook is larger than %(most)d MiB.", most=MAX_UNPACKED // MIB))
        if "[Content_Types].xml" not in self._sizes:
            raise TableError(Sentence("It is an archive, not a workbook. Save the table as CSV, XLSX or NDJSON."))

    def has(self, name: str) -> bool:
        return name in self._sizes

    def feed(self, name: str, target: Target, *, at_most: int) -> Iterator[None]:
        """Parse a part; the target is fed between the steps, until it is done. Raises TableError for what is no XML."""
        if self._sizes.get(name, at_most + 1) > at_most:
            raise TableError(
                Sentence("The part %(part)s of the workbook is missing or too large.", part=posixpath.basename(name))
            )
        parser = DefusedXMLParser(target=_WithoutNamespaces(target), forbid_dtd=True)
        try:
            with self._archive.open(name) as part:
                while not target.is_done and (chunk := part.read(_AT_ONCE)):
                    parser.feed(chunk)
                    yield
            if not target.is_done:
                parser.close()
        except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ParseError, UnicodeDecodeError):
            raise TableError(_BROKEN) from None
        except DefusedXmlException:
            raise TableError(
                Sentence("The workbook declares entities of its own, which no spreadsheet does; it is not read.")
            ) from None

    def read(self, name: str, target: Target, *, at_most: int) -> None:
        """Parse a part to its end, or until the target is done."""
        for _ in self.feed(name, target, at_most=at_most):
            pass


class _WithoutNamespaces:
    """Passes events on by local names: transitional and strict workbooks differ in nothing else that is read here."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.data = target.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(attributes) and any(name[0] == "{" for name in attributes):
            attributes = {name.rpartition("}")[2]: value for name, value in attributes.items()}
        self._target.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self._target.end(tag.rpartition("}")[2])

    def close(self) -> None:
        """Nothing is left to do."""
