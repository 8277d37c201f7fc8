"""The model that serves, as each process keeps it: read once for each version, and checked before it is used.

NumPy is first imported with the first model: a process that answers no such question does without it.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from catalog_app.core.db import WRITING, db
from catalog_app.core.reader import Reader, moment_of
from catalog_app.recommendations.models import ACTIVE, DAMAGED, FORMER, ModelVersion, NboSettings
from catalog_app.recommendations.settings import THE_SETTINGS

if TYPE_CHECKING:
    from catalog_app.recommendations.learning.model import Model

log = structlog.get_logger()

_AT_ONCE: Final = 2
"""How many models a process keeps: the one that serves, and the one before, which requests may still be using."""


@dataclass(frozen=True)
class LiveModel:
    """A model version ready to answer."""

    version: int
    basis: str
    trained_at: datetime
    model: "Model"


def live(reader: Reader, version: int | None) -> LiveModel | None:
    """Return the model of a version; None for None.

    Where its bytes are damaged it is marked so, the version that served before it is put in its place for everybody,
    and that one is returned; None where there is none. Costs a look into a dictionary where the process has it. Not to
    be asked inside a write transaction, because that of a damaged version waits for it.
    """
    if version is None:
        return None
    kept = _KEPT.get(db.engine)
    if kept is None:
        kept = _KEPT.setdefault(db.engine, _Kept())
    return kept.of(reader, version)


class _Kept:
    """The models of one process."""

    def __init__(self) -> None:
        self._models: OrderedDict[int, LiveModel] = OrderedDict()
        # Versions that were found damaged, and which one serves in the place of each.
        self._replaced: dict[int, int | None] = {}
        self._loading = threading.Lock()

    def of(self, reader: Reader, version: int | None) -> LiveModel | None:
        while version in self._replaced:
            version = self._replaced[version]
        if version is None:
            return None
        return self._models.get(version) or self._loaded(reader, version)

    def _loaded(self, reader: Reader, version: int) -> LiveModel | None:
        with self._loading:
            if version in self._models:
                return self._models[version]
            if version not in self._replaced:
                found = _read(reader, version)
                if found is not None:
                    self._models[version] = found
                    while len(self._models) > _AT_ONCE:
                        self._models.popitem(last=False)
                    return found
                self._replaced[version] = set_aside(version)
        return self.of(reader, version)


_KEPT: Final[WeakKeyDictionary[Engine, _Kept]] = WeakKeyDictionary()
"""By database: a process has one, tests have many."""


def _read(reader: Reader, version: int) -> LiveModel | None:
    """Return the model of a version; None where its bytes are not those that were learned, or it is gone."""
    from catalog_app.recommendations.learning.artefact import DamagedArtefactError, from_bytes  # noqa: PLC0415  # see above

    columns = "artefact, sha256, basis, trained_at, status"
    rows = reader.rows(f"SELECT {columns} FROM nbo_model WHERE version = {reader.place}", (version,))  # noqa: S608  # our own names
    if not rows:
        log.error("model is missing", model=version)
        return None
    content, expected, basis, trained_at, status = rows[0]
    if status == DAMAGED:
        return None
    try:
        model = from_bytes(bytes(content), expected)
    except DamagedArtefactError as error:
        log.error("model is damaged", model=version, reason=str(error))  # noqa: TRY400  # the reason says it all
        return None
    log.info("model is ready", model=version, basis=basis)
    return LiveModel(version, basis, moment_of(trained_at), model)


def set_aside(version: int) -> int | None:
    """Mark a version as damaged, let the one before it serve where it does, and return which one serves now.

    In a transaction of its own: whoever asked may be in the middle of another one that reads.
    """
    with Session(db.engine.execution_options(**{WRITING: True})) as session:
        # One at a time: several processes find the damage at the same moment.
        held = select(NboSettings).where(NboSettings.id == THE_SETTINGS).with_for_update()
        settings = session.scalars(held).one()
        marked = update(ModelVersion).where(ModelVersion.version == version).values(status=DAMAGED)
        session.execute(marked)
        if settings.active_model == version:
            before = former(session)
            settings.active_model = None if before is None else before.version
            if before is not None:
                before.status = ACTIVE
            log.error("model set aside", model=version, instead=settings.active_model)
        serving = settings.active_model
        session.commit()
    return serving if serving != version else None


def former(session: Session) -> ModelVersion | None:
    """Return the version that served last before the present one."""
    served = select(ModelVersion).where(ModelVersion.status == FORMER)
    return session.scalars(
        served.order_by(ModelVersion.activated_at.desc(), ModelVersion.version.desc()).limit(1)
    ).first()
