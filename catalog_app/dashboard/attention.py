"""What needs a person: each thing with its age and one verb that leads to where it is decided."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from catalog_app.accounts import i_may
from catalog_app.core.babel import in_words
from catalog_app.core.moments import ahead, figure
from catalog_app.dashboard.campaign_needs import campaign_needs
from catalog_app.dashboard.facts import ending_count, missing_since, open_conflicts
from catalog_app.dashboard.model_needs import model_needs
from catalog_app.dashboard.needs import Need, edit_needs, webhook_needs
from catalog_app.events.diffs import label_of
from catalog_app.products.segments import undefined_segments
from catalog_app.sync.links import CATALOG_PAGE
from catalog_app.sync.runs.standing import SystemStanding
from catalog_app.sync.schedule.facts import ScheduleFacts

MAX_NAMED = 3


@dataclass(frozen=True)
class Seen:
    """What the page has asked already, so that nothing is asked twice."""

    systems: Sequence[SystemStanding]
    facts: Mapping[str, ScheduleFacts]
    by_sync_state: Mapping[str, int]
    now: datetime


def needs(session: Session, seen: Seen) -> list[Need]:
    """Return everything that waits for a person, what may lose an offer first."""
    return [
        *_waiting(seen.systems),
        *_failed(seen),
        *_incomplete(seen.systems),
        *campaign_needs(session, seen.now),
        *model_needs(session, seen.now),
        *edit_needs(session),
        *_conflicts(session, seen.by_sync_state.get("conflict", 0)),
        *_rejected(seen.systems),
        *_missing(session, seen.by_sync_state.get("missing", 0)),
        *_undefined(session),
        *webhook_needs(session),
        *_ending(session, seen.now),
        *_unconfigured(seen.systems),
    ]


def _waiting(systems: Iterable[SystemStanding]) -> Iterator[Need]:
    for standing in systems:
        if run := standing.waiting:
            yield Need(
                "warn", "clock",
                gettext("%(system)s run %(run)d waits for approval", system=standing.label, run=run.id),
                " ".join(map(in_words, run.held_in_words)),
                gettext("Review") if i_may("approver") else gettext("See plan"),
                url_for("sync.run", run_id=run.id),
                run.finished_at,
            )  # fmt: skip


def _failed(seen: Seen) -> Iterator[Need]:
    for standing in seen.systems:
        # One that is not set up is told of below: nothing tries it, so it fails no more.
        if standing.setup.is_configured and standing.failures and (run := standing.last):
            fact = seen.facts.get(standing.key)
            yield Need(
                "bad",
                "bang",
                _has_failed(standing.label, standing.failures),
                " ".join(filter(None, (run.error, _next_try(fact)))),
                gettext("See run"),
                url_for("sync.run", run_id=run.id),
                standing.failing_since,
            )


def _has_failed(system: str, times: int) -> str:
    if times == 1:
        return str(gettext("%(system)s has failed once", system=system))
    return str(
        ngettext("%(system)s has failed %(num)d time", "%(system)s has failed %(num)d times", times, system=system)
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


def _conflicts(session: Session, products: int) -> Iterator[Need]:
    found = open_conflicts(session, products)
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


def _missing(session: Session, products: int) -> Iterator[Need]:
    if products:
        yield Need(
            "bad", "dashed-cross",
            ngettext("%(count)s product is missing at its source", "%(count)s products are missing at their source", products, count=figure(products)),
            gettext("Nobody is offered them until they come back. Retire what is gone for good."),
            gettext("Decide") if i_may("editor") else gettext("View"),
            url_for(CATALOG_PAGE, sync_state="missing"),
            missing_since(session),
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
