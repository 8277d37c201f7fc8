"""Uploaded files: looked at when they come, kept in the database for a while, and opened again by whoever has the job."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import NotFoundError, RuleError, Sentence
from catalog_app.core.retention import Over, over
from catalog_app.core.strict_json import storable
from catalog_app.edits.imports.models import ImportFile
from catalog_app.products.tables.cells import as_it_stands
from catalog_app.products.tables.encodings import CHOICES, as_text
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import MIB, EncodingError, Kind, TableError

MAX_MEBIBYTES: Final = 20
MAX_BYTES: Final = MAX_MEBIBYTES * MIB
KEPT_FOR: Final = timedelta(days=30)
"""As long as its plan can be undone; until then its rejected rows can be asked for."""
EXAMPLES: Final = 3
_SHOWN: Final = 80
_IN_MEMORY: Final = MIB
_NAME: Final = 255


@dataclass(frozen=True)
class Chosen:
    """What a person says of a file that does not say it itself."""

    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class Looked:
    """What is seen of a file before it is read to its end. `fault` says why its letters cannot be told."""

    kind: Kind
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    columns: Sequence[str] = field(default_factory=list)
    examples: Sequence[Mapping[str, str]] = field(default_factory=list)
    fault: str | None = None


def look(file: BinaryIO, chosen: Chosen) -> Looked:
    """Return what is seen of a file; raise TableError where it is none that can be read."""
    try:
        table = open_table(file, encoding=chosen.encoding, delimiter=chosen.delimiter)
        lines = list(islice(table.lines(), EXAMPLES))
    except EncodingError as error:
        return Looked("csv", fault=str(error))
    examples = [{name: as_it_stands(cell)[:_SHOWN] for name, cell in line.cells.items()} for line in lines]
    took = table.took
    return Looked(table.kind, took.encoding, took.delimiter, took.sheet, list(table.columns), examples)


def samples(file: BinaryIO) -> dict[str, str]:
    """Return how the first line that is not plain ASCII reads in each encoding that can be chosen."""
    with as_text(file, "latin-1") as text:
        raw = next((line for line in text if not line.isascii()), "")[:_SHOWN].strip().encode("latin-1")
    return {name: raw.decode(name, "replace") for name in CHOICES if name != "utf-8"}


def keep(content: bytes, name: str, *, actor: str) -> ImportFile:
    """Keep an uploaded file and return it with what was seen of it; raise RuleError for one that cannot be used."""
    if not content:
        raise RuleError({"file": Sentence("Choose a file.")})
    if len(content) > MAX_BYTES:
        raise RuleError({"file": too_large()})
    with _spooled(content) as file:
        try:
            looked = look(file, Chosen())
        except TableError as error:
            raise RuleError({"file": error.args[0]}) from None
    kept = ImportFile(
        name=_name(name),
        size=len(content),
        content=content,
        facts=storable(asdict(looked)),
        uploaded_by=actor,
        uploaded_at=utcnow(),
    )
    with writing() as session:
        session.add(kept)
    return kept


def too_large() -> str:
    return Sentence("The file is larger than %(most)d MB. Divide it into several.", most=MAX_MEBIBYTES)


def found(session: Session, file_id: int) -> ImportFile:
    """Return an uploaded file without its content, or raise NotFoundError."""
    kept = session.get(ImportFile, file_id)
    if kept is None:
        raise NotFoundError(Sentence("This file is no longer kept. Upload it again."))
    return kept


def seen(kept: ImportFile, chosen: Chosen) -> Looked:
    """Return what was seen of a file when it came; with other choices it is looked at again."""
    if chosen == Chosen():
        return Looked(**kept.facts)
    with opened(kept.id) as file:
        return look(file, chosen)


@contextmanager
def opened(file_id: int) -> Iterator[BinaryIO]:
    """Give the content of an uploaded file as a file of this machine; it lies on disk where it is large."""
    session = db.session()
    content = session.scalar(select(ImportFile.content).where(ImportFile.id == file_id))
    session.rollback()
    if content is None:
        raise NotFoundError(Sentence("This file is no longer kept. Upload it again."))
    with _spooled(content) as file:
        del content
        yield file


def purge() -> dict[str, int]:
    """Delete the files that were kept for long enough."""
    with writing() as session:
        over = delete(ImportFile).where(ImportFile.uploaded_at < utcnow() - KEPT_FOR)
        return {"import_files": len(session.scalars(over.returning(ImportFile.id)).all())}


def due() -> dict[str, Over]:
    """Return what `purge` would delete now."""
    return {"import_files": over(ImportFile, KEPT_FOR, ImportFile.uploaded_at < utcnow() - KEPT_FOR)}


@contextmanager
def _spooled(content: bytes) -> Iterator[BinaryIO]:
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        file.write(content)
        yield cast("BinaryIO", file)


def _name(name: str) -> str:
    """Return the name of a file as it may be shown: the last part, without signs that are none."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:_NAME].strip() or "file"
