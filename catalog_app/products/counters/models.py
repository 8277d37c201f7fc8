"""The tables of counters. What a number is made of stands in counted.py."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base


class ProductCount(Base):
    """How many living products there are of each kind; `is_open` ones could be sold at the beginning of time.

    On PostgreSQL a transaction adds rows of its own, under its own number as `part`, so that nobody waits for another;
    they are folded into part 0 now and then. The count of a kind is the sum of its parts.
    """

    __tablename__ = "product_count"

    product_type: Mapped[str] = mapped_column(String(20), primary_key=True)
    lifecycle_status: Mapped[str] = mapped_column(String(20), primary_key=True)
    external_system: Mapped[str] = mapped_column(String(50), primary_key=True)
    sync_state: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_open: Mapped[bool] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    n: Mapped[int]


class ProductTally(Base):
    """How many products of those kinds have one word in one dimension: what the counts of the catalogue show.

    Kinds are combinations and there are thousands; of these sums there are some dozens. `dimension` is the place of
    the word in a kind (counted.py: DIMENSIONS).
    """

    __tablename__ = "product_tally"

    dimension: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(String(50), primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int]


class ProductEdge(Base):
    """How many products more (or fewer) can be sold from a moment on, by microseconds since 1970.

    `level` 0 has the moments themselves, each level above it the sums of longer stretches: what has happened by now is
    then the sum of a few dozen rows, however many moments there are.
    """

    __tablename__ = "product_edge"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int]
