"""Parquet: read and written column by column. The library for it is large, and only these files need it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.table import TableError
from catalog_app.recommendations.batches.columns import UNTOLD, Coded, Column, Lists, Numbers
from catalog_app.recommendations.batches.offers import FIELDS, Offers

if TYPE_CHECKING:
    import pyarrow as pa

MISSING: Final = Sentence(
    "Parquet needs the library pyarrow, which is not installed here: pip install -r requirements-parquet.txt. "
    "NDJSON and CSV need nothing."
)


def arrow() -> Any:
    """Return the library, held to one thread; raise TableError with what to install where it is not there."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # large, and only these files need it
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        raise TableError(MISSING) from None
    pa.set_cpu_count(1)
    return pa


def batches(path: Path, rows: int) -> Iterator["pa.RecordBatch"]:
    """Yield the rows of a file, so many at a time; raise TableError where it is no Parquet that can be read."""
    library = arrow()
    try:
        with library.parquet.ParquetFile(path, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=rows, use_threads=False)
    except (library.ArrowException, OSError) as error:
        raise TableError(Sentence("It cannot be read as Parquet (%(kind)s).", kind=type(error).__name__)) from None


def column_of(array: "pa.Array") -> Column:
    """Return a column as it is scored. Amounts and dates become values that repeat, like words."""
    library = arrow()
    types, kind = library.types, array.type
    if types.is_dictionary(kind):
        return _coded(array)
    if types.is_list(kind) or types.is_large_list(kind):
        return _lists(array)
    if types.is_integer(kind) or types.is_floating(kind):
        told = np.asarray(array.is_valid())
        return Numbers(np.asarray(array.fill_null(0)).astype(np.float64), told)
    if types.is_null(kind):
        return Coded(np.full(len(array), UNTOLD, np.int64), [])
    return _coded(array.dictionary_encode())


def _coded(array: Any) -> Coded:
    return Coded(np.asarray(array.indices.fill_null(UNTOLD)).astype(np.int64), array.dictionary.to_pylist())


def _lists(array: Any) -> Lists:
    types = arrow().types
    told = np.asarray(array.is_valid())
    # A slice, or a list that is null, may own entries that nobody sees; `flatten` leaves them out.
    lengths = np.asarray(array.value_lengths().fill_null(0)).astype(np.int64)
    starts, entries = np.concatenate(([0], np.cumsum(lengths))), array.flatten()
    if types.is_integer(entries.type) and not entries.null_count:
        return Lists(starts, np.asarray(entries).astype(np.int64), told)
    words = _coded(entries if types.is_dictionary(entries.type) else entries.dictionary_encode())
    values = [*words.values, None]
    return Lists(starts, np.where(words.codes == UNTOLD, len(words.values), words.codes), told, values)


class OffersWriter:
    """Writes offers as Parquet; `close` ends the file."""

    def __init__(self, file: BinaryIO) -> None:
        library = arrow()
        types = (
            library.string(), library.int8(), library.int32(), library.float32(), library.float32(),
            library.dictionary(library.int8(), library.string()), library.int32(),
        )  # fmt: skip
        self._schema = library.schema(list(zip(FIELDS, types, strict=True)))
        # What hardly repeats is not looked through for repetitions: that takes longer than all the rest of writing.
        self._writer = library.parquet.ParquetWriter(
            file, self._schema, compression="snappy", use_dictionary=["rank", "product_id", "basis", "model_version"]
        )

    def write(self, offers: Offers) -> None:
        library, count = arrow(), len(offers)
        basis = library.DictionaryArray.from_arrays(np.zeros(count, np.int8), library.array([offers.basis]))
        columns = [
            library.array(offers.block.customers, library.string()).take(library.array(offers.rows)),
            offers.ranks,
            offers.product_ids,
            offers.priorities,
            library.nulls(count) if offers.propensities is None else offers.propensities,
            basis,
            library.nulls(count) if offers.model_version is None else np.full(count, offers.model_version),
        ]
        arrays = [
            one if isinstance(one, library.Array) and one.type == of.type else library.array(one).cast(of.type)
            for one, of in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_batch(library.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()
