"""Model versions: which ones there are, and which one serves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, Sentence
from catalog_app.core.paging import Page, page
from catalog_app.events.service import record_revision
from catalog_app.recommendations.models import ACTIVE, CANDIDATE, DAMAGED, FORMER, ModelVersion, NboSettings
from catalog_app.recommendations.settings import held_settings, settings_row
from catalog_app.recommendations.training.live import former

log = structlog.get_logger()

SUBJECT: Final = "model"
KEPT_VERSIONS: Final = 20
"""How many versions are kept; the one that serves and the one before it are never deleted."""
ACTIVATED: Final = "activated"
ROLLED_BACK: Final = "rolled back"
NOT_PROMOTED: Final = Sentence("New models do not serve by themselves: that is how the settings are.")
TAKEN_BACK: Final = Sentence("Taken back by hand.")
WHY_NOT: Final = (NOT_PROMOTED, TAKEN_BACK)
"""Why a version does not serve, whatever its self-check said; no longer so once it does."""
_NEWEST: Final = (SortKey("version", ModelVersion.version, descending=True),)


class ModelService:
    """What pages, the API and the command line ask of model versions."""

    def search(self, *, limit: int, cursor: str | None = None) -> Page[ModelVersion]:
        """Return the versions, the newest first, without their bytes."""
        return page(db.session(), select(ModelVersion), _NEWEST, limit, cursor)

    def get(self, version: int) -> ModelVersion:
        """Return a version without its bytes, or raise NotFoundError."""
        return found(db.session(), version)

    def active(self) -> ModelVersion | None:
        """Return the version that serves; None as long as nothing was learned."""
        session = db.session()
        number = settings_row(session).active_model
        return None if number is None else session.get(ModelVersion, number)

    def former(self) -> ModelVersion | None:
        """Return the version to which a roll back leads; None where there is none."""
        return former(db.session())

    def activate(self, version: int, *, actor: str) -> ModelVersion:
        """Let a version serve from the next decision on, on every node. Twice is harmless.

        Raises NotFoundError, or ConflictError where its bytes are damaged.
        """
        with writing() as session:
            settings, model = held_settings(session), found(session, version)
            check_sound(session, model)
            if settings.active_model != version:
                put_in_place(session, settings, model, actor=actor, now=utcnow())
        return model

    def roll_back(self, *, actor: str) -> ModelVersion:
        """Let the version serve that served last before the present one; raise ConflictError where there is none."""
        with writing() as session:
            settings, model = held_settings(session), former(session)
            if model is None:
                raise ConflictError(Sentence("No other model served before this one."))
            check_sound(session, model)
            put_in_place(session, settings, model, actor=actor, now=utcnow(), action=ROLLED_BACK)
        return model


def found(session: Session, version: int) -> ModelVersion:
    """Return a version as the database has it now, without its bytes, or raise NotFoundError."""
    model = session.get(ModelVersion, version, populate_existing=True)
    if model is None:
        raise NotFoundError(Sentence("There is no model %(number)d.", number=version))
    return model


def check_sound(session: Session, model: ModelVersion) -> None:
    """Raise ConflictError where the bytes of a version are not those that were learned."""
    from catalog_app.recommendations.learning.artefact import DamagedArtefactError, from_bytes  # noqa: PLC0415  # NumPy only where it is needed

    content = session.execute(select(ModelVersion.artefact).where(ModelVersion.version == model.version)).scalar_one()
    words = Sentence("Model %(number)d is damaged; it can never serve again.", number=model.version)
    if model.status == DAMAGED:
        raise ConflictError(words)
    try:
        from_bytes(content, model.sha256)
    except DamagedArtefactError:
        raise ConflictError(words) from None


def put_in_place(
    session: Session, settings: NboSettings, model: ModelVersion, *, actor: str, now: datetime, action: str = ACTIVATED
) -> None:
    """Let a version serve, inside the caller's transaction that holds the settings, and write down who did it."""
    before = settings.active_model
    for serving in session.scalars(select(ModelVersion).where(ModelVersion.status == ACTIVE)):
        serving.status = CANDIDATE if action == ROLLED_BACK else FORMER
        if action == ROLLED_BACK:
            serving.reason = TAKEN_BACK
    if model.reason in WHY_NOT:
        model.reason = None
    model.status, model.activated_at, model.activated_by = ACTIVE, now, actor
    settings.active_model = model.version
    session.flush()
    subject = (SUBJECT, model.version, str(Sentence("Model %(number)d", number=model.version)))
    changes = {"active_model": [before, model.version]}
    record_revision(session, subject, changes, version=settings.version, action=action, actor=actor, at=now)
    log.info("model put in place", model=model.version, before=before, action=action, by=actor)


def forget_old(session: Session) -> Sequence[int]:
    """Delete all but the newest versions; the one that serves and the one before it stay. Return which are gone."""
    newest = session.scalars(select(ModelVersion.version).order_by(ModelVersion.version.desc())).all()
    before = former(session)
    kept = {*newest[:KEPT_VERSIONS], settings_row(session).active_model, None if before is None else before.version}
    gone = [version for version in newest if version not in kept]
    session.execute(delete(ModelVersion).where(ModelVersion.version.in_(gone)))
    return gone
