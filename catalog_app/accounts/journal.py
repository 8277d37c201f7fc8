"""What accounts ask of the rooms above: that changes of users and tokens are written down for good."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from catalog_app.core.wiring import providers


class AccountJournal(Protocol):
    """Writes one change into the transaction that makes it. `changes` maps each field to [old, new]."""

    def __call__(
        self,
        session: Session,
        subject: tuple[str, int, str],
        changes: dict[str, Any],
        *,
        version: int,
        action: str,
        actor: str,
        at: datetime,
    ) -> object: ...


def write_down(
    session: Session,
    subject: tuple[str, int, str],
    changes: dict[str, Any],
    *,
    action: str,
    actor: str,
    at: datetime,
) -> None:
    """Tell every journal of one change; `subject` is (type, id, name). Neither passwords nor tokens come here."""
    for journal in providers(AccountJournal):
        journal(session, subject, changes, version=0, action=action, actor=actor, at=at)
