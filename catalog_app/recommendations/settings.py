"""How offers are chosen: the one row that says it, read, and put in place as a whole."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import Sentence, StaleError
from catalog_app.events.service import record_revision, revisions_of
from catalog_app.recommendations.models import NboSettings
from catalog_app.recommendations.schema import NboSettingsInput

THE_SETTINGS: Final = 1
"""The id of the row, which the migration makes."""
SUBJECT: Final = "nbo_settings"
NAME: Final = "Next best offer"
"""What history calls it."""
READ_ONLY: Final = ("active_model", "updated_at", "updated_by", "version")


def settings_row(session: Session) -> NboSettings:
    """Return the row. One look, and none where the session has it."""
    return session.get_one(NboSettings, THE_SETTINGS)


def attribution_days(session: Session) -> int:
    """Return for how many days after an offer an answer belongs to it."""
    return session.execute(select(NboSettings.attribution_days)).scalar_one()


def held_settings(session: Session) -> NboSettings:
    """Return the row held until the transaction ends: which model serves, and who trains, is decided one at a time."""
    row = settings_row(session)
    session.refresh(row, with_for_update=True)
    return row


def document(row: NboSettings) -> dict[str, Any]:
    """Return the settings as JSON shows them."""
    names = (*NboSettingsInput.model_fields, *READ_ONLY)
    exploration = NboSettingsInput.model_fields["exploration"].default.model_dump(mode="json")
    return {name: getattr(row, name) for name in names} | {"exploration": exploration | row.exploration}


def save_settings(checked: NboSettingsInput, *, expected_version: int | None, actor: str) -> NboSettings:
    """Put other settings in place of those that stand; they count for every decision from now on.

    Which model serves is no setting (training/versions.py). Raises StaleError where the row is not at the expected
    version; None takes whatever stands.
    """
    now = utcnow()
    with writing() as session:
        row = held_settings(session)
        if expected_version is not None and row.version != expected_version:
            told = revisions_of(session, SUBJECT, THE_SETTINGS, limit=1)
            first = told[0].actor if told else "somebody"
            raise StaleError(
                Sentence("%(who)s changed these settings meanwhile.", who=first), current_version=row.version
            )
        wanted = checked.model_dump(mode="json")
        changes = _changes(document(row), wanted)
        if not changes:
            return row
        for name in changes:
            setattr(row, name, wanted[name])
        row.updated_at, row.updated_by = now, actor
        session.flush()
        subject = (SUBJECT, THE_SETTINGS, NAME)
        record_revision(session, subject, changes, version=row.version, action="updated", actor=actor, at=now)
    return row


def _changes(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [standing[name], value] for name, value in wanted.items() if standing[name] != value}
