"""The use cases of campaigns. Each method that writes is one transaction with its revision."""

from collections.abc import Mapping
from typing import Any

from catalog_app.campaigns import changes as write_side
from catalog_app.campaigns import editing
from catalog_app.campaigns.checking import findings_of
from catalog_app.campaigns.lifecycle import (
    ACTIVATE,
    COMPLETE,
    DELETE,
    PAUSE,
    RESUME,
    Move,
    check_move,
    status_once_active,
)
from catalog_app.campaigns.messages.finding import Finding
from catalog_app.campaigns.models import COMPLETED, PAUSED, Campaign
from catalog_app.campaigns.patch import patched_values, written_fields
from catalog_app.campaigns.previewing import Previews, Sample, previews
from catalog_app.campaigns.reading import CampaignReading, past_values
from catalog_app.campaigns.schema import CampaignInput
from catalog_app.campaigns.triggering.releasing import release
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing

__all__ = ["CampaignService"]


class CampaignService(CampaignReading):
    """Reads and changes campaigns for pages and JSON alike; needs an application context."""

    def create(self, values: Mapping[str, Any], *, actor: str) -> Campaign:
        """Make a draft and return it. Raises RuleError; what its messages say is told by `preflight`."""
        return self.create_checked(CampaignInput.check(written_fields(values)), actor=actor)

    def create_checked(self, checked: CampaignInput, *, actor: str) -> Campaign:
        """Make a draft of values that were checked, such as those of a form."""
        with writing() as session:
            return editing.created(session, checked, actor=actor, now=utcnow())

    def update(self, campaign_id: int, checked: CampaignInput, *, expected_version: int | None, actor: str) -> Campaign:
        """Change a campaign to these values and return it; a change that changes nothing writes nothing.

        What it says and whom it is for changes only in a draft or a paused campaign; raises ConflictError.
        """
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            editing.change(session, campaign, checked, actor=actor, now=now)
            return campaign

    def patch(
        self, campaign_id: int, patch: Mapping[str, Any], *, expected_version: int | None, actor: str
    ) -> Campaign:
        """Change a campaign by a JSON merge patch and return it."""
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            checked = CampaignInput.check(patched_values(campaign, patch))
            editing.change(session, campaign, checked, actor=actor, now=now)
            return campaign

    def activate(self, campaign_id: int, *, expected_version: int | None = None, actor: str) -> Campaign:
        """Let a draft or a paused campaign run, at once or from its start on.

        Raises NotReadyError with the findings where pre-flight finds errors, ConflictError where it runs already.
        """
        return self._run(ACTIVATE, campaign_id, expected_version=expected_version, actor=actor)

    def resume(self, campaign_id: int, *, expected_version: int | None = None, actor: str) -> Campaign:
        """Let a paused campaign run on; raises as `activate` does."""
        return self._run(RESUME, campaign_id, expected_version=expected_version, actor=actor)

    def pause(
        self, campaign_id: int, *, reason: str | None = None, expected_version: int | None = None, actor: str
    ) -> Campaign:
        """Stop a campaign for a while: no trigger is answered, and what was promised waits."""
        return self._move(PAUSE, PAUSED, campaign_id, reason=reason, expected_version=expected_version, actor=actor)

    def complete(
        self, campaign_id: int, *, reason: str | None = None, expected_version: int | None = None, actor: str
    ) -> Campaign:
        """End a campaign for good. What it promised goes out, unless it was paused; what it holds is cancelled."""
        return self._move(
            COMPLETE, COMPLETED, campaign_id, reason=reason, expected_version=expected_version, actor=actor
        )

    def delete(self, campaign_id: int, *, expected_version: int | None = None, actor: str) -> None:
        """Hide a draft or a completed campaign; what it delivered stays. Raises ConflictError for one that lives."""
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            check_move(DELETE, campaign.status)
            editing.deleted(session, campaign, actor=actor, now=now)

    def copy(self, campaign_id: int, *, actor: str) -> Campaign:
        """Make a draft that says the same, and return it."""
        with writing() as session:
            return editing.copied(session, write_side.found(session, campaign_id), actor=actor, now=utcnow())

    def restore_version(
        self, campaign_id: int, version: int, *, expected_version: int | None = None, actor: str
    ) -> Campaign:
        """Let a campaign say again what it said at a version; raises as `update` does."""
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            editing.restored(session, campaign, past_values(session, campaign, version), actor=actor, now=now)
            return campaign

    def preflight(self, campaign_id: int) -> tuple[Finding, ...]:
        """Return what pre-flight finds in a campaign as it stands, errors first."""
        session = db.session()
        campaign = write_side.found(session, campaign_id)
        return findings_of(session, campaign, write_side.products_of(session, campaign), now=utcnow())

    def preview(self, campaign_id: int, sample: Sample) -> Previews:
        """Return what a campaign would say to a sample customer now; raise ConflictError for one without a product."""
        session = db.session()
        return previews(session, write_side.found(session, campaign_id), sample, now=utcnow())

    def _run(self, move: Move, campaign_id: int, *, expected_version: int | None, actor: str) -> Campaign:
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            check_move(move, campaign.status)
            also = editing.made_ready(session, campaign, now=now)
            also |= {"activated_at": now, "activated_by": actor}
            status = status_once_active(campaign, now)
            write_side.move(session, campaign, status, action=move.action, reason=None, actor=actor, now=now, also=also)
        # Who asks waits for some; the next beat finds the others.
        release(campaign_id, now, batches=1)
        return self.get(campaign_id)

    def _move(
        self, move: Move, status: str, campaign_id: int, *, reason: str | None, expected_version: int | None, actor: str
    ) -> Campaign:
        now = utcnow()
        with writing() as session:
            campaign = write_side.for_change(session, campaign_id, expected_version, now=now)
            check_move(move, campaign.status)
            write_side.move(session, campaign, status, action=move.action, reason=reason, actor=actor, now=now)
            return campaign
