"""Compressed answers for programs that ask for them.

Pages are left alone: they hold what the reader typed beside a secret (the token of their forms), and the length of
the two together, compressed, tells of the secret.
"""

import zlib
from functools import lru_cache
from typing import Final

SMALLEST: Final = 1400
"""What fits into one packet anyway gains nothing."""
_LEVEL: Final = 1
_GZIP: Final = 16 + zlib.MAX_WBITS
_TYPES: Final = ("application/json", "application/problem+json", "application/openapi+json", "text/plain", "text/csv")
_MARK: Final = '-gzip"'


@lru_cache(maxsize=64)
def is_wanted(accept_encoding: str) -> bool:
    """Return whether whoever sent this header takes gzip."""
    weights = {}
    for part in accept_encoding.split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip().lower()] = _weight(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def is_worth_it(content_type: str, length: int) -> bool:
    """Return whether an answer of this type and length gains from being compressed."""
    return length > SMALLEST and content_type.startswith(_TYPES)


def gzipped(body: bytes) -> bytes:
    """Return the body compressed, quickly rather than well; the same body always gives the same bytes."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return compressor.compress(body) + compressor.flush()


def gzip_tag(tag: str) -> str:
    """Return the entity tag of the compressed form: a strong tag names exact bytes, a weak one does not."""
    return tag if tag.startswith("W/") else tag.removesuffix('"') + _MARK


def plain_tags(header: str) -> str:
    """Return a header of entity tags without what `gzip_tag` added: both forms are of one version."""
    return header.replace(_MARK, '"') if _MARK in header else header


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
