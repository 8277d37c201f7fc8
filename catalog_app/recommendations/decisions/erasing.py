"""Taking a customer out of the log of decisions: at once, and for good."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from catalog_app.recommendations.models import Decision


def erase(session: Session, customer: str, now: datetime) -> Mapping[str, int]:  # noqa: ARG001  # the protocol names it
    """Delete the decisions about a customer (a hash). The sets of candidates they were made among hold no customer."""
    gone = session.connection().execute(delete(Decision).where(Decision.customer == customer))
    return {"decisions": gone.rowcount}
