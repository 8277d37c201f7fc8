"""The one table of this door: what a TM Forum client says that a product has no place for."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base


class TmfResource(Base):
    """A specification, price or category that a client made, or what one said of an offering beside its product.

    `body` holds the attributes as they were written; `lifecycle_status` is the state that the written word stands
    for. A category has its `path`: its own name after those of the categories above it.
    """

    __tablename__ = "tmf_resource"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(String(255))
    path: Mapped[str | None] = mapped_column(String(1000))
    lifecycle_status: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column()
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "product_id", unique=True),
        Index(None, "kind", "name"),
        Index(None, "kind", "path", unique=True),
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.
