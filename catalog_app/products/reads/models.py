"""The tables of the read side. Who writes products keeps them (documents.py, catalogue_version.py), nobody else."""

from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.columns import Json
from catalog_app.core.db import Base

_OPENS = "sale_from > 0"
_CLOSES = "sale_to > 0 AND sale_to < 4611686018427387904"
_OFFERED = "sale_to > 0"


class ProductDocument(Base):
    """A living product as answers need it: its JSON text, and beside it what the clock or others have a say in.

    A deleted product has none. Moments are microseconds since 1970, amounts ten-thousandths, so that both databases
    give the same whole numbers, which are compared as they are.
    """

    __tablename__ = "product_document"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    # Half open; both are 0 where the product is not on sale whatever the time.
    sale_from: Mapped[int] = mapped_column(BigInteger)
    sale_to: Mapped[int] = mapped_column(BigInteger)
    quota_left: Mapped[int | None]
    # When a run last saw it, and the system whose complete runs see it too without a write; none if it is missing.
    seen_at: Mapped[int | None] = mapped_column(BigInteger)
    seen_with: Mapped[str | None] = mapped_column(String(50))
    # What an offer is ranked by, and in which currency: empty for a value that people gave, "-" for none.
    worth_in: Mapped[str] = mapped_column(String(3))
    worth: Mapped[int] = mapped_column(BigInteger)
    # What the product asks of a customer, one bit each (asks.py), and the values that do not fit a bit.
    asks: Mapped[int]
    min_value: Mapped[int | None] = mapped_column(BigInteger)
    max_value: Mapped[int | None] = mapped_column(BigInteger)
    targets: Mapped[list[Any] | None] = mapped_column(Json)
    excludes: Mapped[list[Any] | None] = mapped_column(Json)
    # The members of the JSON object that stand still, without id and braces. The largest column comes last.
    body: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        # When the next window opens or closes.
        Index("ix_product_document_opens", "sale_from", sqlite_where=text(_OPENS), postgresql_where=text(_OPENS)),
        Index("ix_product_document_closes", "sale_to", sqlite_where=text(_CLOSES), postgresql_where=text(_CLOSES)),
    )


# Best first, as available/ lists them. Made here, because only a column that stands knows how to turn round.
Index(
    "ix_product_document_offered",
    ProductDocument.worth_in,
    ProductDocument.worth.desc(),
    ProductDocument.id,
    # The rest of what an offer hangs on, so that one that is refused costs no look at its document.
    ProductDocument.sale_from,
    ProductDocument.sale_to,
    ProductDocument.quota_left,
    ProductDocument.asks,
    ProductDocument.min_value,
    ProductDocument.max_value,
    sqlite_where=text(_OFFERED),
    postgresql_where=text(_OFFERED),
)


class CatalogueVersion(Base):
    """Numbers whose sum moves with every commit that changes what an answer shows; more than one so nobody waits."""

    __tablename__ = "catalogue_version"

    shard: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
