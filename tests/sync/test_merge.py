"""The three-way decision, over every combination of what was said, what is said now, what stands here, and locks."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog_app.sync.merge import merge

FIELDS = ("name", "price", "lifecycle_status", "status_reason")
values = st.sampled_from(["a", "b", "c", None])
products = st.fixed_dictionaries(dict.fromkeys(FIELDS, values))
locked = st.sets(st.sampled_from(FIELDS)).map(lambda names: {name: {"by": "user:lina"} for name in names})


@given(said_before=products, says_now=products, here=products, locks=locked)
def test_a_locked_field_is_never_taken_and_a_free_one_always_follows(
    said_before: dict[str, Any], says_now: dict[str, Any], here: dict[str, Any], locks: dict[str, Any]
) -> None:
    result = merge(said_before=said_before, says_now=says_now, here=here, locks=locks)

    after = {**here, **result.after}
    for field in FIELDS:
        assert after[field] == (here[field] if field in locks else says_now[field])
    assert set(result.conflicts) <= set(locks)
    assert result.before == {field: here[field] for field in result.after}


@given(said=products, here=products, locks=locked)
def test_a_source_that_says_what_it_said_before_raises_no_conflict(
    said: dict[str, Any], here: dict[str, Any], locks: dict[str, Any]
) -> None:
    assert merge(said_before=said, says_now=said, here=here, locks=locks).conflicts == {}


@given(says_now=products)
def test_a_product_that_already_is_what_the_source_says_needs_nothing(says_now: dict[str, Any]) -> None:
    assert not merge(said_before={}, says_now=says_now, here=says_now, locks={}).changes_something


def test_a_move_of_the_source_along_the_lifecycle_carries_its_reason() -> None:
    result = merge(
        said_before={},
        says_now={"lifecycle_status": "retired"},
        here={"lifecycle_status": "launched", "status_reason": None},
        locks={},
    )

    assert result.after == {"lifecycle_status": "retired", "status_reason": "source"}
