"""Segments by the names that people gave them, wherever a value is said."""

from collections.abc import Iterable

from flask import g
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.products.models import Segment

_KEPT = "catalog_segment_labels"


def segment_words(keys: Iterable[str]) -> str:
    """Return segments as a list of their labels; one that nobody has defined is named by its key."""
    labels = _labels()
    return ", ".join(labels.get(key, key) for key in keys)


def _labels() -> dict[str, str]:
    """Return the labels by key; asked for once in a request, however many changes a page shows."""
    kept: dict[str, str] | None = g.get(_KEPT)
    if kept is None:
        kept = {row.key: row.label for row in db.session().execute(select(Segment.key, Segment.label))}
        setattr(g, _KEPT, kept)
    return kept
