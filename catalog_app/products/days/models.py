"""The table of days. What is counted on one is what the stats of that moment say."""

from datetime import date
from typing import Any, Final

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base

COUNTED: Final = "counted"
DEMO: Final = "demo"


class CatalogueDay(Base):
    """The counts of the catalogue when a day (UTC) was first looked at. `origin` tells counted days from a demo's."""

    __tablename__ = "catalogue_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    total: Mapped[int]
    active: Mapped[int]
    available: Mapped[int]
    by_system: Mapped[dict[str, Any]]
    by_type: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(20))
