"""What needs a person: each thing with its age and one verb that leads to where it is decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from catalog_app.accounts import i_may
from catalog_app.core.moments import figure
from catalog_app.dashboard.facts import ending_count, open_conflicts
from catalog_app.products.segments import undefined_segments
from catalog_app.sync.links import CATALOG_PAGE
from catalog_app.sync.standing import SystemStanding

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
        *_failed(systems),
        *_conflicts(session),
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
                " ".join(run.held_because),
                gettext("Review") if i_may("approver") else gettext("See plan"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )  # fmt: skip


def _failed(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if standing.failures and (run := standing.last):
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
                run.error or "",
                gettext("See run"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )


def _conflicts(session: Session) -> Iterator[Need]:
    found = open_conflicts(session)
    if found.products:
        named = [f"{figure(count)} {field}" for field, count in found.fields[:MAX_NAMED]]
        yield Need(
            "warn", "diamond",
            ngettext("%(count)s product in conflict", "%(count)s products in conflict", found.products, count=figure(found.products)),
            gettext("Fields: %(fields)s.", fields=", ".join(named)) if named else "",
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
            ngettext("%(num)d segment that nobody defined", "%(num)d segments that nobody defined", len(segments)),
            gettext("A source named %(names)s and %(more)d more.", names=names, more=more) if more > 0
            else gettext("A source named %(names)s.", names=names),
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
                gettext("Set %(variables)s.", variables=", ".join(missing)),
                gettext("Set up") if i_may("admin") else gettext("View"),
                url_for("dashboard.systems") + f"#{standing.key}",
            )  # fmt: skip
