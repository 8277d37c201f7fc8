"""What accounts forget: sessions that ended long ago, and counts that no longer count."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from catalog_app.accounts.models import LoginThrottle, UserSession
from catalog_app.accounts.service.sign_in import KNOWN_FOR
from catalog_app.accounts.throttle import WINDOW, forget
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.retention import Over, over

# Ended sessions say at which addresses a person is known, so they stay as long as that is asked.
_KEPT_FOR = KNOWN_FOR + timedelta(days=1)


@dataclass(frozen=True)
class Purged:
    """How many rows went."""

    sessions: int
    throttles: int


def due() -> dict[str, Over]:
    """Return what `purge` would delete now."""
    now = utcnow()
    return {
        "sessions": over(UserSession, _KEPT_FOR, UserSession.expires_at < now - _KEPT_FOR),
        "throttles": over(LoginThrottle, WINDOW, LoginThrottle.counted_at < now - WINDOW),
    }


def purge() -> Purged:
    """Delete what nothing asks for any more."""
    now = utcnow()
    with writing() as session:
        over = delete(UserSession).where(UserSession.expires_at < now - _KEPT_FOR)
        ended = session.scalars(over.returning(UserSession.id)).all()
        return Purged(sessions=len(ended), throttles=forget(session, now))
