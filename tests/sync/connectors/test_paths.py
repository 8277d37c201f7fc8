from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.sync.connectors.paths import PathError, compile_path, first_of

NAMES = st.sampled_from(["a", "b", "@type"])
RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)
PLAIN = ["a", "a.b", "a.b.a", '"@type"', 'a."@type"', "a[]", "a[].b", "a.b[].a.b", "a[0].b", "a[0].b.a", "@"]


@pytest.mark.parametrize("path", PLAIN)
@given(record=RECORDS)
def test_a_compiled_path_finds_what_jmespath_finds(path: str, record: Any) -> None:
    assert compile_path(path)(record) == jmespath.search(path, record)


def test_other_expressions_are_left_to_jmespath() -> None:
    record = {"a": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}]}
    assert compile_path("a[?kind=='y'] | [0].n")(record) == 2
    assert compile_path("length(a)")(record) == 2


@pytest.mark.parametrize("path", ["", "a.", "a[", "a..b", "{{ a }}", "__import__('os')"])
def test_what_is_no_path_is_refused_when_it_is_read(path: str) -> None:
    with pytest.raises(PathError):
        compile_path(path)


def test_a_record_that_a_function_cannot_take_is_refused_in_our_words() -> None:
    with pytest.raises(PathError, match="does not fit the record"):
        compile_path("length(a)")({"a": 5})


def test_the_first_path_with_something_in_it_is_taken() -> None:
    get = first_of(("a", "b[].c", "d"))
    assert get({"a": None, "b": [], "d": 0}) == 0
    assert get({"a": None, "b": [{"c": 1}], "d": 0}) == [1]
    assert get({}) is None
