"""What a change changes: each field with what it said and what it says now, as history keeps it."""

from collections.abc import Mapping
from typing import Any

from catalog_app.core.json_values import as_json


def set_values(thing: object, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs and return it as {field: [old, new]}, both as JSON values; an empty result wrote nothing."""
    changes: dict[str, list[Any]] = {}
    for field, value in values.items():
        before = getattr(thing, field)
        if before != value:
            changes[field] = [as_json(before), as_json(value)]
            setattr(thing, field, value)
    return changes
