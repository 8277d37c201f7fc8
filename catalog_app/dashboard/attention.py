"""What needs a person: each thing with its age and one verb that leads to where it is decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from catalog_app.accounts import i_may
from catalog_app.core.moments import ahead, figure
from catalog_app.dashboard.facts import ending_count, open_conflicts
from catalog_app.events.diffs import label_of
from catalog_app.products.segments import undefined_segments
from catalog_app.sync.links import CATALOG_PAGE
from catalog_app.sync.runs.standing import SystemStanding
from catalog_app.sync.schedule.facts import ScheduleFacts, schedule_facts

Tone = Literal["warn", "bad", "plain"]
MAX_NAMED = 3


@dataclass(frozen=True)
class Need:
    """One thing to decide. `mark` is a shape, so that the state is not told by colour alone."""

    tone: Tone
    mark: str
    title: str
    note: str
    verb: str
    url: str
    since: datetime | None = None


def needs(session: Session, systems: Iterable[SystemStanding], *, now: datetime) -> list[Need]:
    """Return everything that waits for a person, what may lose an offer first."""
    systems = list(systems)
    return [
        *_waiting(systems),
        *_failed(systems, schedule_facts(session)),
        *_incomplete(systems),
        *_conflicts(session),
        *_rejected(systems),
        *_undefined(session),
        *_ending(session, now),
        *_unconfigured(systems),
    ]


def _waiting(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if run := standing.waiting:
            yield Need(
                "warn", "clock",
                gettext("%(system)s run %(run)d waits for approval", system=standing.label, run=run.id),
                " ".join(run.held_in_words),
                gettext("Review") if i_may("approver") else gettext("See plan"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )  # fmt: skip


def _failed(systems: Iterable[SystemStanding], facts: Mapping[str, ScheduleFacts]) -> Iterator[Need]:
    for standing in systems:
        # One that is not set up is told of below: nothing tries it, so it fails no more.
        if standing.setup.is_configured and standing.failures and (run := standing.last):
            title = ngettext(
                "%(system)s has failed once",
                "%(system)s has failed %(num)d times",
                standing.failures,
                system=standing.label,
            )
            yield Need(
                "bad",
                "bang",
                title,
                " ".join(filter(None, (run.error, _next_try(facts.get(standing.key))))),
                gettext("See run"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )


def _next_try(facts: ScheduleFacts | None) -> str:
    if facts is None or facts.next_due is None:
        return str(gettext("Nothing tries it again by itself."))
    return str(gettext("Next try %(when)s.", when=ahead(facts.next_due)))


def _incomplete(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if standing.is_incomplete and (run := standing.last_read):
            yield Need(
                "warn", "dashed-ring",
                gettext("The listing of %(system)s is not complete", system=standing.label),
                gettext("Nothing is withdrawn until one is: %(why)s.", why="; ".join(run.proof).rstrip(".")),
                gettext("See run"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )  # fmt: skip


def _rejected(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if (run := standing.last_read) and run.rejected and not standing.waiting:
            yield Need(
                "warn", "cross",
                ngettext(
                    "%(count)s record of %(system)s was rejected", "%(count)s records of %(system)s were rejected",
                    run.rejected, count=figure(run.rejected), system=standing.label,
                ),
                gettext("Their products stay as they are. Each is shown with its reason, and can be tried again."),
                gettext("Look"),
                url_for("sync.run", run_id=run.id, kind="rejected"),
                run.finished_at,
            )  # fmt: skip


def _conflicts(session: Session) -> Iterator[Need]:
    found = open_conflicts(session)
    if found.products:
        named = [f"{label_of(field)} ({figure(count)})" for field, count in found.fields[:MAX_NAMED]]
        yield Need(
            "warn", "diamond",
            ngettext("%(count)s product in conflict", "%(count)s products in conflict", found.products, count=figure(found.products)),
            gettext("People and the source both changed: %(fields)s.", fields=", ".join(named)) if named else "",
            gettext("Settle") if i_may("editor") else gettext("View"),
            url_for(CATALOG_PAGE, sync_state="conflict"),
            found.oldest,
        )  # fmt: skip


def _undefined(session: Session) -> Iterator[Need]:
    if segments := undefined_segments(session):
        names = ", ".join(segment.label for segment in segments[:MAX_NAMED])
        more = len(segments) - MAX_NAMED
        yield Need(
            "warn", "diamond",
            ngettext("%(num)d segment is not defined", "%(num)d segments are not defined", len(segments)),
            gettext("Products of a source are for %(names)s and %(more)d more.", names=names, more=more) if more > 0
            else gettext("Products of a source are for %(names)s.", names=names),
            gettext("Define") if i_may("editor") else gettext("View"),
            url_for("segments.index"),
        )  # fmt: skip


def _ending(session: Session, now: datetime) -> Iterator[Need]:
    if count := ending_count(session, now):
        yield Need(
            "plain", "clock",
            ngettext("%(count)s product ends this month", "%(count)s products end this month", count, count=figure(count)),
            gettext("They are on sale now and not offered after their end."),
            gettext("View"),
            url_for("dashboard.ending"),
        )  # fmt: skip


def _unconfigured(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if not standing.setup.is_configured:
            missing = standing.setup.missing
            yield Need(
                "plain", "dashed-ring",
                gettext("%(system)s is not configured", system=standing.label),
                gettext("Set %(variables)s.", variables=", ".join(missing)) if missing else standing.setup.fault or "",
                gettext("Set up") if i_may("admin") else gettext("View"),
                url_for("systems.edit", key=standing.key) if i_may("admin") else url_for("sync.index"),
            )  # fmt: skip
