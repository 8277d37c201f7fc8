"""Files of offers: NDJSON, CSV or Parquet, written beside the name they get once they are whole."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import orjson

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.harmless import harmless
from catalog_app.products.tables.table import TableError
from catalog_app.recommendations.batches import parquet_table
from catalog_app.recommendations.batches.columns import Rejected
from catalog_app.recommendations.batches.offers import FIELDS, Offers


class Writer(Protocol):
    """Takes offers, block by block."""

    def write(self, offers: Offers) -> None: ...
    def close(self) -> None: ...


class _Ndjson:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, offers: Offers) -> None:
        lines = (orjson.dumps(dict(zip(FIELDS, row, strict=True))) for row in offers.as_rows())
        self._file.write(b"".join(line + b"\n" for line in lines))

    def close(self) -> None:
        """Nothing is left to write."""


class _Csv:
    def __init__(self, file: BinaryIO) -> None:
        self._text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow(FIELDS)

    def write(self, offers: Offers) -> None:
        self._writer.writerows((harmless(customer), *told) for customer, *told in offers.as_rows())

    def close(self) -> None:
        self._text.detach()


WRITERS: Final[dict[str, Callable[[BinaryIO], Writer]]] = {
    ".ndjson": _Ndjson,
    ".jsonl": _Ndjson,
    ".csv": _Csv,
    ".parquet": parquet_table.OffersWriter,
}


@contextmanager
def offers_file(path: Path) -> Iterator[Writer]:
    """Give a writer for the kind of file that the name asks for; raise TableError where no kind has such a name.

    Whoever reads `path` finds what was there before until everything is written, also when it breaks off.
    """
    kind = WRITERS.get(path.suffix.lower())
    if kind is None:
        raise TableError(Sentence("Name the file of offers .ndjson, .csv or .parquet."))
    with _beside(path) as file:
        writer = kind(file)
        try:
            yield writer
        finally:
            writer.close()


class Rejects:
    """The file of rejected lines, {"line", "reason"} each. It is begun with the first of them."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path, self._stack = path, stack
        self._file: BinaryIO | None = None

    @property
    def is_empty(self) -> bool:
        return self._file is None

    def write(self, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        if self._file is None:
            self._file = self._stack.enter_context(_beside(self._path))
        self._file.writelines(orjson.dumps({"line": one.line, "reason": one.reason}) + b"\n" for one in rejected)


@contextmanager
def rejects_file(path: Path) -> Iterator[Rejects]:
    """Give what takes rejected lines; where there were none, there is no such file afterwards."""
    with ExitStack() as stack:
        rejects = Rejects(path, stack)
        yield rejects
        if rejects.is_empty:
            path.unlink(missing_ok=True)


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
