"""The products that could have been offered, kept once however many decisions were made among the same.

A set is written as a bitmap from its first product on where that is shorter, else number by number; it is known by a
hash of those bytes.
"""

from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

HASH_BYTES: Final = 16
_BITMAP: Final = b"b"
_NUMBERS: Final = b"n"
_WIDTH: Final = 4
_BITS_OF_A_NUMBER: Final = 8 * _WIDTH
_FORM: Final = "<u4"


def packed(product_ids: NDArray[np.int64]) -> bytes:
    """Return ascending product ids as bytes; equal sets give equal bytes."""
    if not len(product_ids):
        return _NUMBERS
    first, span = int(product_ids[0]), int(product_ids[-1] - product_ids[0]) + 1
    if span > len(product_ids) * _BITS_OF_A_NUMBER:
        return _NUMBERS + product_ids.astype(_FORM).tobytes()
    bits = np.zeros(span, np.bool_)
    bits[product_ids - first] = True
    return _BITMAP + first.to_bytes(_WIDTH, "little") + np.packbits(bits).tobytes()


def unpacked(written: bytes) -> NDArray[np.int64]:
    """Return the product ids that `packed` wrote, ascending."""
    form, rest = written[:1], written[1:]
    if form == _NUMBERS:
        return np.frombuffer(rest, _FORM).astype(np.int64)
    first = int.from_bytes(rest[:_WIDTH], "little")
    bits = np.unpackbits(np.frombuffer(rest[_WIDTH:], np.uint8))
    return np.flatnonzero(bits) + first


def hash_of(written: bytes) -> str:
    """Return the 32 hex digits by which a set is known."""
    return blake2b(written, digest_size=HASH_BYTES).hexdigest()
