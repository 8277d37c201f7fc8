"""An answer decoded to be reshaped, and written anew, so that what reads it sees ordinary JSON."""

import json
from decimal import Decimal
from typing import Any

import orjson

from catalog_app.core.http import Answer
from catalog_app.core.strict_json import StrictJsonError, decode, encode

from .unreadable import refuse_html, unreadable


def decoded(answer: Answer) -> Any:
    """Return what the answer says, exactly; raise FetchFailedError if it is not strict JSON.

    It cannot be left to those who read the rows: in its first shape it might pass for records that lack something.
    """
    refuse_html(answer)
    try:
        return decode(answer.body)
    except StrictJsonError as fault:
        raise unreadable(answer, fault) from None


def rewritten(value: Any) -> bytes:
    """Return the JSON of a decoded value, every digit and every half character as it came."""
    try:
        return encode(value)
    except TypeError:
        # Text that is no Unicode is to be told of with its record, by those who read the rows.
        return _written(value).encode()


def _written(value: Any) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case Decimal():
            return str(value)
        case orjson.Fragment():
            return orjson.dumps(value).decode()
        case _:
            return json.dumps(value)
