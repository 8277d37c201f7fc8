"""Taking a customer out of what was told: who asks for it is forgotten at once, and not learned from any more."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from catalog_app.recommendations.models import FeedbackEvent


def erase(session: Session, customer: str, now: datetime) -> Mapping[str, int]:  # noqa: ARG001  # the protocol names it
    """Delete the events of a customer (a hash); what models have learned from them holds no customer."""
    gone = session.connection().execute(delete(FeedbackEvent).where(FeedbackEvent.customer == customer))
    return {"events": gone.rowcount}
