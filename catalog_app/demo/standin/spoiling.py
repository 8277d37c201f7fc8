"""What a misbehaving source puts in the place of a page, or into it."""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from itertools import repeat
from typing import Any

from catalog_app.demo.standin.exchange import Answer, Request, encoded, json_answer, refusal
from catalog_app.demo.standin.faults import Fault, Misbehaviour

_LOGIN_PAGE = "<!doctype html><title>{name}</title><h1>Please sign in</h1>"
_MEGABYTE = b" " * 1_000_000
_HUGE = 200
_BOMB_MEBIBYTES = 256
_DRIP_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Keys:
    """What the fields of a row are called by the system; `name` and `price` may lie deeper."""

    id: str
    name: str
    price: str


def instead_of_a_page(name: str, now: Misbehaviour, request: Request, *, error: object) -> Answer | None:
    """Return what stands in the place of a page under a lasting fault, or None if the page itself is sent."""
    write = _INSTEAD.get(now.fault)
    return write(name, now, request, error) if write else None


def busy(now: Misbehaviour) -> Answer:
    wait = {} if now.retry_after is None else {"Retry-After": now.retry_after}
    return refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests.", wait)


def drip(is_over: Callable[[float], bool]) -> Answer:
    """Return a page that never ends: it goes on until `is_over` says so, having waited for as long as it was told."""

    def drops() -> Iterator[bytes]:
        yield b"["
        while not is_over(_DRIP_SECONDS):
            yield b" "

    return Answer(b"", pieces=drops(), length=_HUGE * len(_MEGABYTE))


@cache
def _bomb() -> bytes:
    """Return a body that unpacks to a thousand times its size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b" " * 1024 * 1024
    return b"".join([*(packer.compress(block) for _ in range(_BOMB_MEBIBYTES)), packer.flush()])


def spoiled_rows(fault: Fault | None, rows: Sequence[bytes], keys: Keys) -> list[bytes]:
    """Return the rows with the first one spoiled, if the fault is one of rows."""
    if not rows:
        return []
    match fault:
        case Fault.MISSING_ID:
            first = _edited(rows[0], keys.id, lambda _value: _GONE)
        case Fault.WRONG_TYPES:
            first = _edited(rows[0], keys.name, lambda value: [value, {"is": 1}])
        case Fault.NAN_PRICE:
            first = _edited(rows[0], keys.price, lambda _value: float("nan"))
        case _:
            return list(rows)
    return [first, *rows[1:]]


def renamed(row: bytes, keys: Keys) -> bytes:
    """Return the row under another name: what a twin with the same id looks like."""
    return _edited(row, keys.name, lambda value: f"{value} (copy)")


def spoiled_answer(fault: Fault, answer: Answer) -> Answer:
    """Return the answer as a fault of the way it is sent leaves it."""
    match fault:
        case Fault.TRUNCATED_BODY:
            return replace(answer, sent_share=0.5)
        case Fault.WRONG_ENCODING:
            return replace(answer, body=answer.body.decode().encode("utf-16"))
        case _:
            return answer


_GONE = object()


def _edited(raw: bytes, key: str, edit: Callable[[Any], Any]) -> bytes:
    row = json.loads(raw)
    _edit_first(row, key, edit)
    return encoded(row)


def _edit_first(value: Any, key: str, edit: Callable[[Any], Any]) -> bool:
    """Edit the first field of this name, outer ones before inner ones; tell whether there was one."""
    if isinstance(value, dict) and key in value:
        edited = edit(value[key])
        if edited is _GONE:
            del value[key]
        else:
            value[key] = edited
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_edit_first(item, key, edit) for item in inner)


_Instead = Callable[[str, Misbehaviour, Request, object], Answer]
_INSTEAD: Mapping[Fault, _Instead] = {
    Fault.HTML_WITH_200: lambda name, *_: Answer(
        _LOGIN_PAGE.format(name=name).encode(), content_type="text/html; charset=utf-8"
    ),
    Fault.ERROR_503_ALWAYS: lambda *_: refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Down for maintenance."),
    Fault.REDIRECT: lambda _name, now, request, _error: refusal(
        HTTPStatus.FOUND, "Moved.", {"Location": f"{now.elsewhere}{request.path}"}
    ),
    Fault.CONNECTION_RESET: lambda *_: Answer(b"", is_reset=True),
    Fault.ERROR_OBJECT_WITH_200: lambda _name, _now, _request, error: json_answer(error),
    Fault.NULL_BODY: lambda *_: Answer(b"null"),
    Fault.GZIP_BOMB: lambda *_: Answer(_bomb(), headers={"Content-Encoding": "gzip"}),
    Fault.HUGE_BODY: lambda *_: Answer(b"", pieces=repeat(_MEGABYTE, _HUGE), length=_HUGE * len(_MEGABYTE)),
}
