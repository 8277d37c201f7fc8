"""JSON from other people's systems: decoded without loss, or refused."""

import json
from decimal import Context, Decimal, DecimalException, Overflow
from typing import Any, Final, NoReturn

import msgspec
import orjson

MAX_DEPTH: Final = 254  # what orjson can write again, so that both decoders refuse the same documents
BOM: Final = b"\xef\xbb\xbf"
_SMALLEST_INTEGER: Final = -(2**63)
_LARGEST_INTEGER: Final = 2**64 - 1
_INTEGER_DIGITS: Final = 20
# Sixty digits are more than any amount has; the bounds keep a number such as 1e999999999 from
# growing into a gigabyte of digits somewhere further down.
_NUMBERS: Final = Context(prec=60, Emin=-400, Emax=400, traps=[Overflow])


class StrictJsonError(ValueError):
    """The text is not JSON, or is JSON that cannot be taken without losing something."""


def decode(body: bytes) -> Any:
    """Return what the JSON says, exactly, or raise StrictJsonError.

    Fractions and integers of more than 64 bits come as Decimal, so no digit of an amount is lost.
    Refused: another encoding than UTF-8 (a byte order mark is fine), NaN and Infinity, the same key
    twice in an object, numbers beyond 10**400, nesting deeper than MAX_DEPTH.
    """
    try:
        text = body.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise StrictJsonError(f"is not UTF-8 (byte {fault.start})") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        # The original carries the whole document along, which may hold what no log should.
        raise StrictJsonError(f"is not JSON (line {fault.lineno}, column {fault.colno}: {fault.msg})") from None
    except RecursionError:
        raise StrictJsonError("is nested too deeply") from None
    if not _is_within_depth(value):
        raise StrictJsonError("is nested too deeply")
    return value


def decode_quick(body: bytes) -> Any:
    """Return what `decode` would, three times faster, with fractions as binary floats; raise what it would.

    Good for identity and hashing; an amount is to be read from `decode`.
    """
    body = body.removeprefix(BOM)
    try:
        value = orjson.loads(body)
        written = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return decode(body)
    # orjson keeps the last of two equal keys. Written out again, such a document has lost a colon;
    # only an escaped colon could hide that, and then the exact decoder decides.
    if written.count(b":") == body.count(b":") and not _has_escaped_colon(body):
        return value
    return decode(body)


def decode_part(part: bytes) -> Any:
    """Return what `decode` would, or raise what it would, five times faster; good for small documents."""
    try:
        value = _EXACT.decode(part)
        written = orjson.dumps(value, default=_exact)
    except (msgspec.DecodeError, UnicodeDecodeError, orjson.JSONEncodeError, RecursionError, StrictJsonError):
        return decode(part)
    # As above: of two equal keys the last was kept, and a colon is lost.
    if written.count(b":") == part.count(b":") and not _has_escaped_colon(part):
        return value
    return decode(part)


def as_sent(value: Any) -> bytes:
    """Return one spelling for equal content with its keys in the order they came; raise StrictJsonError as `canonical`."""
    try:
        return orjson.dumps(value, default=_binary)
    except orjson.JSONEncodeError:
        raise StrictJsonError("holds text that is not valid Unicode") from None


def canonical(value: Any) -> bytes:
    """Return one spelling for equal content, whichever decoder it came from and however its keys were ordered.

    Raises StrictJsonError for text that is no Unicode (a lone surrogate).
    """
    try:
        return orjson.dumps(value, default=_binary, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise StrictJsonError("holds text that is not valid Unicode") from None


def encode(value: Any) -> bytes:
    """Return the JSON of a decoded value with every digit of its Decimals, as `decode` would read it again."""
    return orjson.dumps(value, default=_exact)


def storable(value: Any) -> Any:
    """Return a copy that every database accepts: NUL and lone surrogates become U+FFFD, the rest is as it was."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def _has_escaped_colon(body: bytes) -> bool:
    # Looking for one byte is thirty times faster than for six, and most pages escape nothing.
    return b"\\" in body and (b"\\u003a" in body or b"\\u003A" in body)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StrictJsonError("has the same key twice in one object")
    return found


def _number(text: str) -> Decimal:
    try:
        return _NUMBERS.create_decimal(text)
    except DecimalException:
        raise StrictJsonError("holds a number beyond 10**400") from None


def _integer(text: str) -> int | Decimal:
    if len(text) > _INTEGER_DIGITS:
        return _number(text)
    value = int(text)
    return value if _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER else _number(text)


def _refuse_constant(name: str) -> NoReturn:
    raise StrictJsonError(f"holds {name}, which is not JSON")


def _is_within_depth(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return True
    return False


def _binary(value: Any) -> float | str:
    if not isinstance(value, Decimal):
        raise TypeError
    number = float(value)
    return str(value) if number in (float("inf"), float("-inf")) else number


def _exact(value: Any) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError
    return orjson.Fragment(str(value))


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_number, parse_int=_integer, parse_constant=_refuse_constant
)
_EXACT: Final = msgspec.json.Decoder(float_hook=_number)
