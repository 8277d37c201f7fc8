"""Random histories of three clients at once, the small version of `python -m benchmarks.torture histories`."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.torture.clients import CLIENTS, Client, scripts
from benchmarks.torture.histories import play
from benchmarks.torture.linear import Change, Happened, faults
from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin


@pytest.fixture
def clients(app: Flask) -> list[Client]:
    made = [Client(app, number) for number in range(CLIENTS)]
    db.session.remove()
    return made


@given(script=scripts(longest=6))
@settings(
    max_examples=4,
    deadline=None,
    # What several threads did does not come again by doing the same.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_three_clients_saw_at_once_can_have_happened_in_one_order_and_the_audit_tells_it(
    app: Flask, xiva: XivaStandin, clients: list[Client], script: list[list[Any]]
) -> None:
    assert play(app, xiva, clients, script) == []


MADE = Change(1, 1, "a", None, {"name": [None, "Old"]})
NAMED = Change(1, 2, "b", None, {"name": ["Old", "New"]})
CREATE = Happened("a", "create", 1, 201, 0, 1, 1, state={"name": "Old"})
PATCH = Happened("b", "patch", 1, 200, 2, 3, 2, expected=1, state={"name": "New"})
STANDS = {1: {"version": 2, "name": "New"}}


def told(*history: Happened, changes: tuple[Change, ...] = (MADE, NAMED)) -> list[str]:
    return faults(history, changes, {}, STANDS)


def test_what_can_have_happened_has_no_fault() -> None:
    early = Happened("c", "read", 1, 200, 1.5, 2.5, 1, state={"name": "Old"})
    late = Happened("c", "patch", 1, 412, 2.5, 3.5, expected=1)

    assert told(CREATE, PATCH, early, late) == []


@pytest.mark.parametrize(
    ("impossible", "words"),
    [
        (Happened("c", "read", 1, 200, 4, 5, 1, state={"name": "Old"}), "was there before"),
        (Happened("c", "read", 1, 200, 1.2, 1.4, 2, state={"name": "New"}), "written later"),
        (Happened("c", "read", 1, 200, 4, 5, 2, state={"name": "Old"}), "where it stood"),
        (Happened("c", "patch", 1, 412, 4, 5, expected=2), "that version stood"),
        (Happened("c", "patch", 1, 200, 2, 3, 2, expected=0), "to follow 0"),
    ],
)
def test_what_cannot_have_happened_is_found(impossible: Happened, words: str) -> None:
    (found,) = told(CREATE, PATCH, impossible)

    assert words in found


def test_a_change_that_nobody_was_told_of_is_found() -> None:
    assert any("nobody was told" in fault for fault in told(CREATE))


def test_an_audit_that_does_not_lead_to_the_present_is_found() -> None:
    wrong = replace(NAMED, changes={"name": ["Older", "Newer"]})
    doubled = replace(MADE, actor="b")

    assert any("was 'Old', not 'Older'" in fault for fault in told(CREATE, PATCH, changes=(MADE, wrong)))
    assert any("by its audit 'Newer'" in fault for fault in told(CREATE, PATCH, changes=(MADE, wrong)))
    assert any("versions [1, 1]" in fault for fault in told(CREATE, PATCH, changes=(MADE, doubled)))
