"""How the page of a plan speaks of it: what it will do, what it did, what it would have done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import gettext, ngettext

from catalog_app.core.moments import ago, figure
from catalog_app.edits.models import (
    APPLIED,
    AWAITING_APPROVAL,
    CANCELLED,
    CREATE,
    ENDED,
    REJECTED,
    SET_ASIDE,
    SUPERSEDED,
    UPDATE,
    WAITING,
    EditPlan,
)
from catalog_app.edits.states import is_undo_wanted
from catalog_app.products.formatting import actor_name

Tense = Literal["will", "did", "would"]


@dataclass(frozen=True)
class PlanWords:
    """Finished phrases about one plan, each right for the state that it is in."""

    plan: EditPlan
    now: datetime

    @property
    def tense(self) -> Tense:
        if self.plan.status == APPLIED:
            return "did"
        return "would" if self.plan.status in ENDED else "will"

    @property
    def kinds(self) -> dict[str, str]:
        """Return the name of each kind of row, as a plan or as a report."""
        did = self.tense == "did"
        return {
            UPDATE: str(gettext("Changed") if did else gettext("Changes")),
            CREATE: str(gettext("Created") if did else gettext("Creates")),
            SET_ASIDE: str(gettext("Set aside")),
        }

    @property
    def column(self) -> str:
        """Return what stands above the fields of a change."""
        heads = {
            "will": gettext("Now, and after this edit"),
            "did": gettext("Before, and after this edit"),
            "would": gettext("Then, and what the edit wanted"),
        }
        return str(heads[self.tense])

    @property
    def outcome(self) -> str:
        """Return what came of the plan, or what would, in a sentence or two; nothing while it goes on."""
        plan = self.plan
        if plan.status in WAITING:
            return self._prospect()
        if plan.status == APPLIED:
            return self._applied()
        by = {"who": actor_name(plan.decided_by or ""), "ago": ago(plan.decided_at or self.now, self.now)}
        if plan.status == REJECTED:
            return str(gettext("Rejected by %(who)s %(ago)s; nothing of it was written.", **by))
        if plan.status == CANCELLED:
            return str(gettext("Cancelled by %(who)s %(ago)s; nothing of it was written.", **by))
        if plan.status == SUPERSEDED:
            return str(gettext("It was planned again; nothing of this plan was written."))
        return ""

    def _prospect(self) -> str:
        plan = self.plan
        if not plan.size:
            return str(gettext("There is nothing to change."))
        if plan.created:
            return self._prospect_of_new()
        return str(
            ngettext(
                "Nothing has been written yet. Applying changes %(count)s product; it can be undone.",
                "Nothing has been written yet. Applying changes %(count)s products; it can be undone.",
                plan.size,
                count=figure(plan.size),
            )
        )

    def _prospect_of_new(self) -> str:
        return str(
            gettext(
                "Nothing has been written yet. Applying creates %(created)s and changes %(updated)s; it can be undone.",
                created=figure(self.plan.created),
                updated=figure(self.plan.updated),
            )
        )

    def _applied(self) -> str:
        plan = self.plan
        if is_undo_wanted(plan):
            return str(gettext("It is being taken back."))
        if plan.undone_at is not None:
            by = {"who": actor_name(plan.undone_by or ""), "ago": ago(plan.undone_at, self.now)}
            return str(gettext("It was applied, and taken back by %(who)s %(ago)s.", **by))
        by = {"who": actor_name(plan.decided_by or ""), "ago": ago(plan.finished_at or self.now, self.now)}
        if plan.created:
            counts = {"created": figure(plan.created), "updated": figure(plan.updated)}
            return str(gettext("Applied by %(who)s %(ago)s: %(created)s created, %(updated)s changed.", **counts, **by))
        return str(
            ngettext(
                "Applied by %(who)s %(ago)s: %(count)s product changed.",
                "Applied by %(who)s %(ago)s: %(count)s products changed.",
                plan.size,
                count=figure(plan.size),
                **by,
            )
        )

    @property
    def held(self) -> list[str]:
        """Return why an approver has to look, a sentence for each reason."""
        return [
            str(
                gettext(
                    "It changes %(size)s products, and an editor may change up to %(limit)s at once.",
                    size=figure(reason["size"]),
                    limit=figure(reason["limit"]),
                )
            )
            for reason in self.plan.held_because
        ]

    @property
    def waits_for_approval(self) -> bool:
        return self.plan.status == AWAITING_APPROVAL

    @property
    def undone(self) -> str:
        """Return what an undo brought back and what stays, with both numbers."""
        told = self.plan.undone or {}
        back, kept = told.get("products", 0), told.get("kept_products", 0)
        words = ngettext("%(count)s product is as it was before.", "%(count)s products are as they were before.", back,
                         count=figure(back))  # fmt: skip
        if not kept:
            return " ".join((words, gettext("Nothing else had changed.")))
        stays = ngettext("On %(count)s product something was changed since, and stays:",
                         "On %(count)s products something was changed since, and stays:", kept, count=figure(kept))  # fmt: skip
        return f"{words} {stays}"

    @property
    def done(self) -> str:
        """Return what a toast says once the job is done."""
        size = self.plan.size
        if self.plan.undone_at is not None:
            return str(gettext("Edit %(number)d was taken back.", number=self.plan.id))
        if self.plan.created:
            counts = {"created": figure(self.plan.created), "updated": figure(self.plan.updated)}
            return str(gettext("%(created)s created, %(updated)s changed.", **counts))
        return str(ngettext("%(count)s product changed.", "%(count)s products changed.", size, count=figure(size)))
