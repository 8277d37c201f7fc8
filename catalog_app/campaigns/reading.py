"""What is asked of campaigns: one, a list, a history, what it was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog_app.campaigns import changes as write_side
from catalog_app.campaigns.filters import CampaignFilters
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.schema import FIELDS, stored_value
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.paging import Page, page
from catalog_app.events.models import Revision
from catalog_app.events.service import revisions_of


class CampaignReading:
    """Reads campaigns; needs an application context."""

    def get(self, campaign_id: int) -> Campaign:
        """Return the campaign, or raise NotFoundError; a deleted one is not found. Its status is `status_at(...)`."""
        return write_side.found(db.session(), campaign_id)

    def query(self) -> Select[Campaign]:
        """Return the select of all campaigns that are not deleted, for filters and paging to narrow."""
        return select(Campaign).where(Campaign.deleted_at.is_(None))

    def search(
        self, filters: CampaignFilters, sorts: Sequence[SortKey], *, limit: int, cursor: str | None, now: datetime
    ) -> Page[Campaign]:
        """Return a page of the campaigns that fit; raises RuleError for a cursor that is not one of ours."""
        return page(db.session(), filters.narrow(self.query(), now), sorts, limit, cursor)

    def count(self, filters: CampaignFilters, *, now: datetime) -> int:
        """Return how many campaigns fit."""
        narrowed = filters.narrow(self.query(), now)
        return db.session().scalar(select(func.count()).select_from(narrowed.subquery())) or 0

    def trigger_events(self) -> Sequence[str]:
        """Return the trigger events that campaigns name, for suggestions."""
        query = select(Campaign.trigger_event).where(Campaign.deleted_at.is_(None), Campaign.trigger_event.is_not(None))
        return [event for event in db.session().scalars(query.distinct().order_by(Campaign.trigger_event)) if event]

    def history(self, campaign_id: int, *, limit: int = 50) -> Sequence[Revision]:
        """Return what happened to a campaign, newest first."""
        return revisions_of(db.session(), write_side.SUBJECT, campaign_id, limit=limit)

    def values_at(self, campaign_id: int, version: int) -> dict[str, Any]:
        """Return what people had said of a campaign at one of its versions, as its columns keep it."""
        session = db.session()
        return past_values(session, write_side.found(session, campaign_id), version)


def past_values(session: Session, campaign: Campaign, version: int) -> dict[str, Any]:
    """Return the writable values at a version: the present ones, with what happened since taken away again.

    Raises NotFoundError for a version that never was. Costs what happened since, not the whole history.
    """
    if not 1 <= version <= campaign.version:
        raise NotFoundError(Sentence("This campaign never had the version %(version)s.", version=version))
    values: dict[str, Any] = {field: getattr(campaign, field) for field in FIELDS}
    since = select(Revision.changes).where(
        Revision.subject_type == write_side.SUBJECT, Revision.subject_id == campaign.id, Revision.version > version
    )
    for changes in session.scalars(since.order_by(Revision.id.desc())):
        values |= {field: stored_value(field, old) for field, (old, _) in changes.items() if field in FIELDS}
    return values
