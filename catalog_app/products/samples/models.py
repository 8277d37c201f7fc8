"""The table of sample customers."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.clock import utcnow
from catalog_app.core.db import Base


class SampleCustomer(Base):
    """A made-up customer that somebody keeps to try products on. `features` is what `CustomerFeatures.of` reads."""

    __tablename__ = "sample_customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    features: Mapped[dict[str, Any]]
    owner: Mapped[str] = mapped_column(String(255))
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    version: Mapped[int] = mapped_column()

    __table_args__ = (UniqueConstraint("owner", "name"), {"sqlite_autoincrement": True})
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.
