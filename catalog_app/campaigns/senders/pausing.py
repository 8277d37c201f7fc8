"""Pausing a campaign whose other side wants nothing more; its owner is told by `status_reason`, and by its history."""

from datetime import datetime

from catalog_app.campaigns import terms
from catalog_app.campaigns.changes import move
from catalog_app.campaigns.lifecycle import PAUSE, status_at
from catalog_app.campaigns.models import PAUSED, Campaign
from catalog_app.core.db import writing


def pause_gone(campaign_id: int, now: datetime) -> None:
    """Pause a campaign whose address answered 410 Gone. What it has promised waits until somebody resumes it."""
    with writing() as session:
        campaign = session.get(Campaign, campaign_id, with_for_update=True)
        if campaign is None or status_at(campaign, now) not in PAUSE.starts_from:
            return
        move(session, campaign, PAUSED, action="paused", reason=terms.BECAUSE_GONE, actor=terms.CATALOG, now=now)
