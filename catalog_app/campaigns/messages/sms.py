"""How long a text is as an SMS: its encoding, its characters, and how many messages it takes (3GPP TS 23.038)."""

from dataclasses import dataclass
from typing import Final

GSM_7: Final = "GSM-7"
UCS_2: Final = "UCS-2"

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as an escape and a character.
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")

_LAST_OF_PLANE: Final = 0xFFFF
"""UCS-2 writes a character behind this one as two."""

# How much one message holds, and how much each of several does: their header takes six bytes.
_ROOM: Final = {GSM_7: (160, 153), UCS_2: (70, 67)}


@dataclass(frozen=True)
class SmsLength:
    """The length of a text as it is charged.

    `characters` counts what the encoding counts: an extended character of GSM-7 is two, one beyond the basic plane
    of Unicode (an emoji) is two in UCS-2. `over` is what does not fit into one message, `left` what still fits
    into the last of `segments`.
    """

    encoding: str
    characters: int
    segments: int
    over: int
    left: int


def sms_length(text: str) -> SmsLength:
    """Return how a text is sent as SMS. One character outside GSM-7 puts the whole of it into UCS-2."""
    encoding = GSM_7 if _fits(text) else UCS_2
    sizes = [_size(character, encoding) for character in text]
    alone, each = _ROOM[encoding]
    characters = sum(sizes)
    if characters <= alone:
        return SmsLength(encoding, characters, 1 if characters else 0, 0, alone - characters)
    segments, used = _fill(sizes, each)
    return SmsLength(encoding, characters, segments, characters - alone, each - used)


def outside_gsm(text: str) -> tuple[str, ...]:
    """Return the characters that put a text into UCS-2, each once, in their order."""
    return tuple(dict.fromkeys(one for one in text if one not in _BASIC and one not in _EXTENSION))


def _fits(text: str) -> bool:
    return not (set(text) - _BASIC - _EXTENSION)


def _size(character: str, encoding: str) -> int:
    if encoding == GSM_7:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) > _LAST_OF_PLANE else 1


def _fill(sizes: list[int], each: int) -> tuple[int, int]:
    """Return how many messages hold these, and how full the last one is: none is cut inside a character."""
    segments, used = 1, 0
    for size in sizes:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return segments, used
