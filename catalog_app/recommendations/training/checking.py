"""The check of a training: a model of the earlier part of a history, asked about the later part."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from catalog_app.core.db import db
from catalog_app.core.errors import Sentence
from catalog_app.recommendations.evaluation.log import logged
from catalog_app.recommendations.evaluation.self_check import SelfCheck, self_check
from catalog_app.recommendations.feedback.history import History
from catalog_app.recommendations.learning.artefact import DamagedArtefactError, from_bytes
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Impressions
from catalog_app.recommendations.models import BY_AFFINITY, ModelVersion
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training import progress
from catalog_app.recommendations.training.data import ProductFeatures, later_impressions, training_data
from catalog_app.recommendations.training.lease import Claim
from catalog_app.recommendations.training.split import moment_of_split

ONLY_HOLDINGS = Sentence("There is too little feedback yet to check it by; it ranks by what customers hold.")
_TURN = 5


@dataclass(frozen=True)
class Checked:
    """What the check said, and the model that was checked: the one that serves takes over what that one chose."""

    check: SelfCheck
    model: Model | None = None


def check_of(history: History, products: ProductFeatures, claim: Claim) -> Checked:
    """Return how a model of the earlier part does on the later one; what cannot be checked holds, and says so."""
    if not history.acceptances:
        return _unchecked(ONLY_HOLDINGS)
    split = moment_of_split(np.array([one.at for one in history.impressions], dtype=np.float64))
    if split is None:
        earlier = training_data(_turns(history, kept_back=False), products)
    else:
        earlier = training_data(history, products, before=split)
    model = fit_model(earlier)
    progress.note(claim, progress.CHECKING)
    if model is None or model.basis == BY_AFFINITY:
        return _unchecked(ONLY_HOLDINGS)
    if split is None:
        return Checked(_asked_by_turns(model, earlier.impressions, history), model)
    return Checked(_asked(model, earlier.impressions, history, split), model)


def _unchecked(reason: Sentence) -> Checked:
    return Checked(SelfCheck(holds=True, reason=reason, metrics={}))


def _turns(history: History, *, kept_back: bool) -> History:
    """Return every fifth impression, or the others: where time does not part them, their order must."""
    places = [place for place in range(len(history.impressions)) if (place % _TURN == 0) == kept_back]
    chosen, whose = [history.impressions[place] for place in places], [history.customers[place] for place in places]
    return replace(history, impressions=chosen, customers=whose)


def _asked_by_turns(model: Model, earlier: Impressions, history: History) -> SelfCheck:
    """Return how the model does on what was kept back; neither the model in use nor the decisions tell of that alone."""
    later = later_impressions(_turns(history, kept_back=True), float("-inf"))
    check = self_check(model, later, earlier=earlier, serves=settings_row(db.session()).active_model is not None)
    by_turns = Sentence(
        "%(said)s All happened at about one moment, so every fifth offer was kept back for this check.",
        said=check.reason,
    )
    return replace(check, reason=by_turns)


def _asked(model: Model, earlier: Impressions, history: History, split: float) -> SelfCheck:
    session, moment = db.session(), datetime.fromtimestamp(split, UTC)
    session.rollback()
    decisions = logged(session, since=moment, until=history.window.until)
    running = _running(session, before=moment)
    serves = settings_row(session).active_model is not None
    session.rollback()
    later = later_impressions(history, split)
    return self_check(model, later, earlier=earlier, log=decisions, running=running, serves=serves)


def _running(session: Session, *, before: datetime) -> Model | None:
    """Return the model that serves, to compare with; None where there is none or it is damaged.

    None, too, where it has learned from what happened since `before`: it would be asked what it has seen.
    """
    version = settings_row(session).active_model
    row = None if version is None else session.get(ModelVersion, version)
    if row is None or row.data_until is None or row.data_until > before:
        return None
    try:
        return from_bytes(row.artefact, row.sha256)
    except DamagedArtefactError:
        return None
