import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_app.core.strict_json import (
    MAX_DEPTH,
    StrictJsonError,
    canonical,
    decode,
    decode_part,
    decode_quick,
    encode,
    storable,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
# To make up such trees takes longer than to look at them.
few = settings(max_examples=50, deadline=None)
BOTH = pytest.mark.parametrize("decoder", [decode, decode_quick, decode_part])


def test_a_fraction_keeps_every_digit() -> None:
    assert decode(b"[1.10, 0.30000000000000004]") == [Decimal("1.10"), Decimal("0.30000000000000004")]


def test_an_integer_of_more_than_64_bits_is_a_decimal() -> None:
    assert decode(b"[18446744073709551615, 18446744073709551616]") == [2**64 - 1, Decimal(2**64)]
    assert isinstance(decode(b"18446744073709551616"), Decimal)


@BOTH
def test_a_byte_order_mark_is_accepted(decoder: Any) -> None:
    assert decoder(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@BOTH
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not JSON"),
        (b"<html></html>", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b"[1] [2]", "not JSON"),
        (b'["\x01"]', "not JSON"),
        (b"[NaN]", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'[{"b": {"a": 1, "a": 1}}]', "same key twice"),
        (b'{"a": 1, "a": "\\u003a"}', "same key twice"),
        ("é".encode("latin-1"), "not UTF-8"),
        ('["é"]'.encode("utf-16"), "not UTF-8"),
        (b'["\xed\xa0\x80"]', "not UTF-8"),
        (b'{"\xff": 1}', "not UTF-8"),
        (b"1" + b"0" * 500, "10**400"),
        (b"1e999999999", "10**400"),
    ],
)
def test_what_would_lose_something_is_refused(decoder: Any, body: bytes, complaint: str) -> None:
    with pytest.raises(StrictJsonError) as refusal:
        decoder(body)
    assert complaint in str(refusal.value)


@BOTH
@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_is_bounded_at_the_same_depth_in_both_decoders(decoder: Any, opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    inner = b"[]" if opening == b"[" else b"{}"
    assert decoder(opening * (MAX_DEPTH - 1) + inner + closing * (MAX_DEPTH - 1))
    for depth in (MAX_DEPTH, 100_000):
        with pytest.raises(StrictJsonError, match="too deeply"):
            decode(opening * depth + inner + closing * depth)
        with pytest.raises(StrictJsonError):
            decoder(opening * depth + inner + closing * depth)


def test_a_refusal_does_not_carry_the_document_along() -> None:
    with pytest.raises(StrictJsonError) as refusal:
        decode(b'["a secret", ]')
    fault = refusal.value
    assert "secret" not in f"{fault!r} {vars(fault)} {fault.__cause__!r}"
    assert fault.__suppress_context__


def test_a_lone_surrogate_is_decoded_but_has_no_canonical_form() -> None:
    assert decode_quick(b'["\\ud800"]') == ["\ud800"]
    with pytest.raises(StrictJsonError, match="Unicode"):
        canonical(["\ud800"])


@few
@given(JSON)
def test_both_decoders_give_the_same_canonical_form(value: Any) -> None:
    body = json.dumps(value).encode()
    assert canonical(decode(body)) == canonical(decode_quick(body))


@few
@given(JSON)
def test_what_is_encoded_is_decoded_to_the_same(value: Any) -> None:
    exact = decode(json.dumps(value).encode())
    assert decode(encode(exact)) == exact


def test_the_canonical_form_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical(decode(b'{"a": 1, "b": 1.50}')) == canonical(decode_quick(b'{"b": 1.5, "a": 1}'))


@few
@given(JSON)
def test_what_is_storable_holds_neither_nul_nor_surrogate(value: Any) -> None:
    kept = storable(["\ud800\0", value])
    assert "\0" not in str(kept)
    assert str(kept).encode()


def test_an_object_of_another_kind_is_no_json() -> None:
    with pytest.raises(StrictJsonError):
        canonical([object()])
    with pytest.raises(TypeError):
        encode([object()])


@few
@given(value=JSON)
def test_a_part_is_decoded_as_a_whole_document_is(value: Any) -> None:
    text = json.dumps(value).encode()
    assert decode_part(text) == decode(text)
