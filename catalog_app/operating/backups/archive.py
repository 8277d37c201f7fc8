"""The file itself: a ZIP with one part of JSON lines for each table, and a table of contents that is written last.

A file that was cut off has no table of contents, so it is none of ours. Parts are read and written as they stream.
"""

import fcntl
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog_app.core.errors import FatalError
from catalog_app.operating.backups.cells import Cell, Kind

CONTENTS: Final = "catalog-backup.json"
_MOST_CONTENTS: Final = 4 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_ROWS: Final = 1_000
_OWNERS_ALONE: Final = 0o600
_FAST: Final = 3
"""Of zlib's levels: half the time of the usual one, and a tenth more to keep."""

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptColumn(_Strict):
    name: Name
    kind: Kind


class Part(_Strict):
    """The rows of one table, in the order of its key: lines of JSON arrays, a cell for each column."""

    table: Name
    columns: tuple[KeptColumn, ...]
    rows: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @property
    def file(self) -> str:
        return f"{self.table}.ndjson"


class Numbering(_Strict):
    """How far the numbers of a table had come: those of deleted rows are never given again."""

    table: Name
    column: Name
    last: int = Field(ge=0)


class Contents(_Strict):
    """What a backup says of itself."""

    format: Literal["catalog-backup"] = "catalog-backup"
    format_version: Literal[1] = 1
    schema_version: str = Field(pattern=r"^[0-9a-z_]{1,60}$")
    made_at: datetime
    database: Literal["sqlite", "postgresql"]
    parts: tuple[Part, ...]
    numberings: tuple[Numbering, ...]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


class NotABackupError(FatalError):
    """The file is not a backup, or not a whole one."""


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a new file that takes the place of `path` when all went well, readable by its owner alone.

    Only another backup is replaced: a slip of the pen must not cost a database. Raises FatalError.
    """
    if path.exists() and not is_backup(path):
        raise FatalError(f"{path} is there already and is not a backup; name another file.")
    fresh = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(_begun(fresh), "w+b") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                fresh.replace(path)
            except BaseException:
                # Not after it took its place: what has this name then is another's.
                fresh.unlink(missing_ok=True)
                raise
        _settle(path.parent)
    except OSError as error:
        raise FatalError(f"{path} could not be written: {error.strerror}. Nothing was left behind.") from None


def _begun(fresh: Path) -> int:
    """Open the file that is going to be the backup, empty and held: what a killed backup left is written over."""
    while True:
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNERS_ALONE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise FatalError("Another backup is being written to the same file.") from None
        # Another may have come to its end in between, and what was opened has become its backup.
        if fresh.exists() and os.path.samestat(os.fstat(descriptor), fresh.stat()):
            os.ftruncate(descriptor, 0)
            os.fchmod(descriptor, _OWNERS_ALONE)
            return descriptor
        os.close(descriptor)


def _settle(folder: Path) -> None:
    """Let the new name survive a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Writer:
    """Writes parts one after the other, then the table of contents."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # It would try to write its end when it is forgotten, to a file that is closed by then.
            self._zip.fp = None

    def add(self, table: str, columns: tuple[KeptColumn, ...], batches: Iterable[Sequence[Sequence[Cell]]]) -> Part:
        """Write the rows of one table and return what is to be said of them."""
        digest, rows = hashlib.sha256(), 0
        with self._zip.open(f"{table}.ndjson", "w", force_zip64=True) as out:
            for batch in batches:
                lines = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch)
                digest.update(lines)
                out.write(lines)
                rows += len(batch)
        return Part(table=table, columns=columns, rows=rows, sha256=digest.hexdigest())

    def close(self, contents: Contents) -> None:
        self._zip.writestr(CONTENTS, contents.model_dump_json(indent=1))
        self._zip.close()


class Backup:
    """A backup that was opened, and whose table of contents is in order."""

    def __init__(self, archive: zipfile.ZipFile, contents: Contents) -> None:
        self._zip = archive
        self.contents = contents

    def check(self) -> None:
        """Read every part to its end; raise NotABackupError where one is not what the contents say."""
        for part in self.contents.parts:
            digest, rows = hashlib.sha256(), 0
            with _told_as_broken(), self._zip.open(part.file) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    rows += block.count(b"\n")
            if (digest.hexdigest(), rows) != (part.sha256, part.rows):
                raise NotABackupError(f"The backup is damaged: its part {part.table} is not what was written.")

    def batches(self, part: Part) -> Iterator[list[list[Cell]]]:
        """Yield the rows of a part, some at a time."""
        with _told_as_broken(), self._zip.open(part.file) as file:
            lines = io.BufferedReader(file, _BLOCK)  # type: ignore[type-var]  # all that it asks for is readinto
            while rows := [orjson.loads(line) for line in islice(lines, _ROWS)]:
                yield rows


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Open a backup; raise NotABackupError for anything else."""
    with ExitStack() as stack:
        with _told_as_broken():
            archive = stack.enter_context(zipfile.ZipFile(path))
            if archive.getinfo(CONTENTS).file_size > _MOST_CONTENTS:
                raise NotABackupError("The file is not a backup of this product.")
            contents = Contents.model_validate_json(archive.read(CONTENTS))
        yield Backup(archive, contents)


def is_backup(path: Path) -> bool:
    """Return whether the file looks like a backup of ours."""
    try:
        with opened(path):
            return True
    except NotABackupError:
        return False


_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValidationError, orjson.JSONDecodeError)


@contextmanager
def _told_as_broken() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise NotABackupError("The file is not a backup of this product, or not a whole one.") from None
    except OSError as error:
        raise NotABackupError(f"The file cannot be read: {error.strerror}.") from None
