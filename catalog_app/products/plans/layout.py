"""A plan as rows ready to be written: worked out before anybody has to wait for them, and kept in a file."""

import tempfile
from collections.abc import Iterator
from typing import IO

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.products.bulk_rows import Rows
from catalog_app.products.models import Product

A_PORTION = 2500
"""How many changes are worked out, and written ahead, at a time: fewer cost more, and with more others wait longer."""
_IN_MEMORY = 8 * 1024 * 1024
_LENGTH = 8


class Portion(msgspec.Struct):
    """Some changes of the plan, ready to be written. With `needs_lock`, they can be worked out only at the end.

    Where its new products are written already, hidden, `hidden` is where their ids begin and end.
    """

    changes: list[int]
    rows: Rows
    segments: list[str]
    needs_lock: bool = False
    hidden: tuple[int, int] | None = None


class Layout:
    """The portions of a plan in order. They lie in a file that has no name, so memory stays bounded."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # `close` is ours
        self._decode = msgspec.msgpack.Decoder(Portion).decode

    def add(self, portion: Portion) -> None:
        packed = msgspec.msgpack.encode(portion)
        self._file.write(len(packed).to_bytes(_LENGTH))
        self._file.write(packed)

    def __iter__(self) -> Iterator[Portion]:
        self._file.seek(0)
        while size := self._file.read(_LENGTH):
            yield self._decode(self._file.read(int.from_bytes(size)))

    def close(self) -> None:
        self._file.close()


def hold_products(session: Session, ids: Select[int | None]) -> None:
    """Hold the products that a plan touches, so that nobody changes one before the end.

    One order for all who hold several, so that they never wait for each other in a circle. On SQLite a write
    transaction holds everything anyway.
    """
    if is_postgresql(session.connection()):
        held = select(Product.id).where(Product.id.in_(ids)).order_by(Product.id).with_for_update().subquery()
        session.connection().execute(select(func.count()).select_from(held))
