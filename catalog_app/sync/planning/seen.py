"""Which products a listing has shown, in one bit for each."""

from collections.abc import Iterable


class SeenProducts:
    """A set of product ids. A million of them take an eighth of a megabyte."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add_all(self, product_ids: Iterable[int]) -> None:
        bits = self._bits
        for product_id in product_ids:
            byte = product_id >> 3
            if byte >= len(bits):
                bits.extend(bytes(byte + 1024 - len(bits)))
            bits[byte] |= 1 << (product_id & 7)

    def without(self, product_ids: Iterable[int]) -> list[int]:
        """Return those of the ids that are not in the set."""
        bits, most = self._bits, len(self._bits) << 3
        return [number for number in product_ids if number >= most or not bits[number >> 3] >> (number & 7) & 1]
