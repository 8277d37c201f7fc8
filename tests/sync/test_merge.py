"""The three-way decision, over every combination of what was said, what is said now, what stands here, and locks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.sync.planning.merge import locks_after, merge

FIELDS = ("name", "price", "lifecycle_status", "status_reason")
values = st.sampled_from(["a", "b", "c", None])
products = st.fixed_dictionaries(dict.fromkeys(FIELDS, values))
locked = st.sets(st.sampled_from(FIELDS)).map(lambda names: {name: {"by": "user:lina"} for name in names})


@given(said_before=products, says_now=products, here=products, locks=locked)
def test_a_field_follows_its_source_where_that_changed_it_and_nobody_owns_it(
    said_before: dict[str, Any], says_now: dict[str, Any], here: dict[str, Any], locks: dict[str, Any]
) -> None:
    result = merge(said_before=said_before, says_now=says_now, here=here, locks=locks)

    after = {**here, **result.after}
    for field in FIELDS:
        follows = field not in locks and said_before[field] != says_now[field]
        assert after[field] == (says_now[field] if follows else here[field])
        assert (field in result.after) == follows
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


LOCK = {"by": "user:lina", "theirs": "b", "theirs_since": "2026-11-01T10:00:00Z", "theirs_before": "a"}


@pytest.mark.parametrize(("says_now", "is_over"), [("a", True), ("ours", True), ("c", False), ("b", False)])
def test_a_conflict_ends_when_the_source_comes_round_or_goes_back_to_what_it_said_at_first(
    says_now: str, is_over: bool
) -> None:
    situation = {"said_before": {"name": "b"}, "says_now": {"name": says_now}, "here": {"name": "ours"}}

    result = merge(**situation, locks={"name": LOCK})
    kept = locks_after({"name": LOCK}, result.conflicts, **situation, at="later")["name"]

    assert (result.settled, "theirs" in kept) == (("name",) if is_over else (), not is_over)
    assert kept.get("theirs") == (None if is_over else says_now)


def test_a_conflict_remembers_what_the_source_said_before_it_began() -> None:
    situation = {"said_before": {"name": "a"}, "says_now": {"name": "b"}, "here": {"name": "ours"}}
    lock = {"by": "user:lina"}

    result = merge(**situation, locks={"name": lock})
    kept = locks_after({"name": lock}, result.conflicts, **situation, at="now")["name"]

    assert kept == {"by": "user:lina", "theirs": "b", "theirs_since": "now", "theirs_before": "a"}


def test_a_field_that_already_says_what_the_source_changed_it_to_is_kept_for_a_later_plan() -> None:
    result = merge(said_before={"name": "a"}, says_now={"name": "b"}, here={"name": "b"}, locks={})

    assert (result.after, result.changes_something) == ({"name": "b"}, False)
