"""How the page of a run speaks of it: what a plan will do, what a run did, what a refused plan would have done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import gettext, ngettext

from catalog_app.core.moments import ago, figure
from catalog_app.products.formatting import actor_name
from catalog_app.sync import models as states
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs.states import is_undo_wanted, is_waiting

Tense = Literal["will", "did", "would"]


@dataclass(frozen=True)
class RunWords:
    """Finished phrases about one run, each right for the state that it is in."""

    run: SyncRun
    label: str
    now: datetime

    @property
    def size(self) -> int:
        """Return how many products the plan changes; a conflict alone changes none."""
        return self.run.created + self.run.updated + self.run.withdrawn

    @property
    def tense(self) -> Tense:
        if self.run.status == states.APPLIED:
            return "did"
        return "would" if self.run.status in states.ENDED else "will"

    @property
    def kinds(self) -> dict[str, str]:
        """Return the name of each kind of change, as a plan or as a report."""
        if self.tense == "did":
            first = {"create": gettext("Created"), "update": gettext("Updated"), "withdraw": gettext("Withdrawn")}
        else:
            first = {"create": gettext("Creates"), "update": gettext("Updates"), "withdraw": gettext("Withdrawals")}
        return {**first, "conflict": gettext("Conflicts"), "rejected": gettext("Rejected")}

    @property
    def column(self) -> str:
        """Return what stands above the fields of a change."""
        heads = {
            "will": gettext("Now, and after this run"),
            "did": gettext("Before, and after this run"),
            "would": gettext("Then, and what the plan wanted"),
        }
        return str(heads[self.tense])

    @property
    def none_of_them(self) -> str:
        """Return why there is no change at all: only a listing that was read to its end speaks for the whole catalogue."""
        if self.run.origin in (states.RETRY, states.FILE):
            return str(gettext("No record that was tried differs from what is here."))
        if self.run.full and self.run.complete:
            return str(gettext("Everything here is as the source has it."))
        return str(gettext("What was read is here as the source has it."))

    @property
    def withdrawal(self) -> str:
        if self.tense == "did":
            return str(gettext("missing at its source, not offered"))
        return str(gettext("missing at source, not offered"))

    @property
    def origin(self) -> str:
        """Return how the run came to be: "Full listing, preview"."""
        run = self.run
        kinds = {
            states.RETRY: gettext("Rejected records of run %(run)s, tried again", run=run.retry_of or ""),
            states.FILE: gettext("Imported file"),
        }
        read = gettext("Full listing") if run.full else gettext("Changes only")
        words = [kinds.get(run.origin, read)]
        if run.frequencies is not None and run.origin == states.SCHEDULE:
            words.append(gettext("what is due"))
        return ", ".join([*words, gettext("preview")] if run.dry_run else words)

    @property
    def outcome(self) -> str:
        """Return what the run did, or what would come of it, in one or two sentences; nothing while it goes on."""
        run = self.run
        if is_waiting(run):
            return " ".join((gettext("Nothing has been written."), self._prospect())).rstrip()
        if run.status == states.APPLIED:
            return self._applied()
        if run.status == states.REJECTED:
            by = {"who": actor_name(run.decided_by or ""), "ago": ago(run.decided_at or self.now, self.now)}
            return str(gettext("Rejected by %(who)s %(ago)s; nothing of it was written.", **by))
        if run.status == states.SUPERSEDED:
            return str(
                gettext("A newer run of %(system)s took its place; nothing of this one was applied.", system=self.label)
            )
        if run.status == states.CANCELLED:
            return str(gettext("Cancelled before its end; nothing of it was applied."))
        return ""

    def _prospect(self) -> str:
        """Return what applying the plan would do; nothing of a plan that no longer fits, which has to be made again."""
        if self.run.error:
            return ""
        if not self.size:
            return str(self._as_read(gettext("There is nothing to change.")))
        return str(
            gettext(
                "Applying creates %(created)s, updates %(updated)s and withdraws %(withdrawn)s products; it can be undone.",
                **self._figures(),
            )
        )

    def _as_read(self, otherwise: str) -> str:
        """Return `otherwise`, or of a full listing that was not read to its end that nothing is known of the rest."""
        if self.run.full and not self.run.complete:
            return str(gettext("Nothing had changed in what was read."))
        return otherwise

    def _applied(self) -> str:
        run = self.run
        if is_undo_wanted(run):
            return str(gettext("It is being taken back."))
        if run.undone_at is not None:
            who = actor_name(run.undone_by or "")
            return str(gettext("It was applied, and taken back by %(who)s %(ago)s.", who=who, ago=ago(run.undone_at)))
        if not self.size:
            return self._as_read(gettext("Nothing had changed."))
        figures = self._figures()
        return str(
            gettext("It created %(created)s, updated %(updated)s and withdrew %(withdrawn)s products.", **figures)
        )

    def _figures(self) -> dict[str, str]:
        run = self.run
        counts = {"created": run.created, "updated": run.updated, "withdrawn": run.withdrawn}
        return {name: figure(count) for name, count in counts.items()}

    @property
    def undone(self) -> str:
        """Return what an undo brought back and what stays, with both numbers."""
        told = self.run.undone or {}
        back, kept = told.get("products", 0), told.get("kept_products", 0)
        words = ngettext("%(count)s product is as it was before.", "%(count)s products are as they were before.", back,
                         count=figure(back))  # fmt: skip
        if not kept:
            return " ".join((words, gettext("Nothing else had changed.")))
        stays = ngettext("On %(count)s product something was changed since, and stays:",
                         "On %(count)s products something was changed since, and stays:", kept, count=figure(kept))  # fmt: skip
        return f"{words} {stays}"
