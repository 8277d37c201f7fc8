"""Reading an answer's body: streamed, decompressed as it comes, never longer than allowed."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from .faults import BrokenAttemptError, FetchFailedError

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
ACCEPTED_ENCODINGS: Final = "gzip, deflate"
_CHUNK: Final = 64 * 1024
_WINDOW_BITS: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_SMALLER: Final = "Ask the system for smaller pages, or set a smaller page size here"


class RawAnswer(Protocol):
    """The part of urllib3's answer that is read here."""

    @property
    def stream(self) -> Callable[..., Iterator[bytes]]: ...


def read_body(raw: RawAnswer, encoding: str, *, limit: int = MAX_BODY_BYTES) -> tuple[bytes, int]:
    """Return the decoded body and the number of bytes that came over the wire.

    Stops at the first byte beyond `limit`, before or after decompression, so a bomb costs no more
    memory than an honest page. Raises FetchFailedError for a body that is too large or packed in a
    way we did not ask for, BrokenAttemptError for one that is cut short.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", *_WINDOW_BITS):
        raise FetchFailedError("the answer is packed in a way that was not asked for", "Only gzip and deflate are read")
    inflate = _Inflater(_WINDOW_BITS[encoding], limit) if encoding in _WINDOW_BITS else None
    body = bytearray()
    received = 0
    for chunk in raw.stream(_CHUNK, decode_content=False):
        received += len(chunk)
        for piece in inflate.feed(chunk) if inflate else (chunk,):
            body += piece
        if max(len(body), received) > limit:
            raise FetchFailedError(f"the answer is larger than {limit // 1024 // 1024} MiB", _SMALLER)
    if inflate and not inflate.is_complete:
        raise BrokenAttemptError("the packed answer is cut short")
    return bytes(body), received


class _Inflater:
    """Decompresses a stream of one or more members, never giving out more than `limit` bytes and one."""

    def __init__(self, window_bits: int, limit: int) -> None:
        self._window_bits = window_bits
        self._left = limit + 1
        self._member = zlib.decompressobj(window_bits)
        self._has_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes of the data in small pieces: what a bomb unpacks to is never held more than once."""
        while self._left > 0 and not (self._member.eof and not data):
            if self._member.eof:
                self._member = zlib.decompressobj(self._window_bits)
            self._has_begun |= bool(data)
            try:
                piece = self._member.decompress(data, min(self._left, _CHUNK))
            except zlib.error:
                raise BrokenAttemptError("the packed answer cannot be unpacked") from None
            data = self._member.unconsumed_tail or self._member.unused_data
            if not piece and not data:
                # All that was brought is unpacked, also what the library had kept back for want of room.
                return
            self._left -= len(piece)
            yield piece

    @property
    def is_complete(self) -> bool:
        return self._member.eof or not self._has_begun
