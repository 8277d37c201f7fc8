"""Making the plan of a run that has read its listing: much is looked at while nobody waits, and little is written.

The writes are short transactions under the claim of the run; where it ends in the middle, its plan is dropped like any
other that was not finished. What people change meanwhile is noticed when the plan is applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.sync.models import SyncRun
from catalog_app.sync.planning.guards import Guards, HeldFigures, reasons_to_hold
from catalog_app.sync.planning.plan import (
    counts_of,
    decide_again,
    in_chunks,
    moved_changes,
    plan_withdrawals,
    unseen,
)
from catalog_app.sync.planning.seen import SeenProducts
from catalog_app.sync.runs.lease import Claim, hold
from catalog_app.sync.runs.states import found_run
from catalog_app.sync.systems.sources import found


@dataclass(frozen=True)
class Plan:
    """What a plan comes to: its counts, and what each guard that holds it has found."""

    counts: Mapping[str, int]
    held_because: Sequence[HeldFigures]


def make_plan(run_id: int, claim: Claim, *, listed: SeenProducts | None) -> Plan:
    """Bring the rows of the run up to date with the catalogue, and look at what comes of them.

    `listed` is what a proved complete listing showed, None for any other: what it does not show is withdrawn.
    """
    absent = _withdrawn(run_id, claim, listed) if listed is not None else ()
    session, run = _reading(run_id)
    moved = sorted(moved_changes(session, run))
    for ids in in_chunks(moved):
        with writing() as session:
            hold(session, claim)
            decide_again(session, found_run(session, run_id), ids)
    return _looked_at(run_id, claim, absent)


def _withdrawn(run_id: int, claim: Claim, listed: SeenProducts) -> Sequence[int]:
    """Plan the withdrawals, and return the ids of what is absent too and stays for now."""
    now, left = utcnow(), list[int]()
    for ids in in_chunks(unseen(*_reading(run_id), listed)):
        with writing() as session:
            hold(session, claim)
            left += plan_withdrawals(session, found_run(session, run_id), ids, now=now)
    return left


def _looked_at(run_id: int, claim: Claim, absent: Sequence[int]) -> Plan:
    session, run = _reading(run_id)
    guards = Guards.of(found(session, claim.system).guards)
    counts = counts_of(session, run)
    # The guards look at the run; what is set here is forgotten with this reading.
    with session.no_autoflush:
        for column, count in counts.items():
            setattr(run, column, count)
        held = reasons_to_hold(session, run, guards, absent=absent)
    session.rollback()
    return Plan(counts, held)


def _reading(run_id: int) -> tuple[Session, SyncRun]:
    session = db.session()
    session.rollback()
    return session, found_run(session, run_id)
