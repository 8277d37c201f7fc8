"""An answer cut into its records without reading them: most are as they were, and are never read at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec

from catalog_app.core.strict_json import BOM, decode

from .paths import plain_steps

_LEAD = 64
"""As much white space as any sender puts before its first sign; with more, the closer look decides."""
_BLANKS = b" \t\r\n"
_parts = msgspec.json.Decoder(list[msgspec.Raw])
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True)
class Cut:
    """The records of an answer as they were sent, what was looked for in each, and the rest of the answer."""

    parts: list[msgspec.Raw]
    heads: list[dict[str, Any]]
    rest: Any


class Cutter:
    """Cuts answers whose records lie at one of these paths; `wanted` are the paths that are looked at in each."""

    def __init__(self, paths: Iterable[str], wanted: Iterable[str]) -> None:
        self._paths = [plain_steps(path) for path in paths]
        looked_at = [plain_steps(path) for path in wanted]
        self._is_able = None not in self._paths and all(looked_at)
        self._heads = _decoder_of({steps[0] for steps in looked_at if steps})

    def cut(self, body: bytes) -> Cut | None:
        """Return the answer cut up; None where that takes a closer look, which then finds what is wrong as well.

        Raises StrictJsonError for what surrounds the records.
        """
        if not self._is_able:
            return None
        body = body.removeprefix(BOM)
        try:
            body.decode("utf-8")
            listed = self._list_in(body)
            if listed is None:
                return None
            parts, heads = _parts.decode(listed), self._heads.decode(listed)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        rest = [] if listed is body else decode(body.replace(listed, b"[]", 1))
        return Cut(parts, heads, rest)

    def _list_in(self, body: bytes) -> bytes | None:
        for steps in self._paths:
            if (found := _at(body, steps or ())) is not None:
                return found
        return None


def _decoder_of(names: Iterable[str]) -> "msgspec.json.Decoder[list[dict[str, Any]]]":
    """Return a decoder that takes only these keys of each record."""
    # The names come from a preset, so no type checker can know them.
    make: Any = TypedDict
    head = make("Head", dict.fromkeys(names, Any), total=False)
    return msgspec.json.Decoder(list.__class_getitem__(head))


def _at(body: bytes, steps: tuple[str, ...]) -> bytes | None:
    """Return the list at the end of these steps as it was sent, None where there is none."""
    for step in steps:
        found = _members.decode(body).get(step) if _opens(body, b"{") else None
        if found is None:
            return None
        body = bytes(found)
    return body if _opens(body, b"[") else None


def _opens(body: bytes, sign: bytes) -> bool:
    return body[:_LEAD].lstrip(_BLANKS).startswith(sign)
