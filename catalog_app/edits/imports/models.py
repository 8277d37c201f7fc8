"""The files that people uploaded to import from. They lie in the database, because any node may take up the job."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base


class ImportFile(Base):
    """A file as it was uploaded, kept for as long as its plan may be made again."""

    __tablename__ = "import_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    # What was seen of it when it came: its kind, how it was read, its columns, its first rows.
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    uploaded_by: Mapped[str] = mapped_column(String(255))
    uploaded_at: Mapped[datetime]

    __table_args__ = (Index(None, "uploaded_at"), {"sqlite_autoincrement": True})
