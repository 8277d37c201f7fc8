"""One training from its beginning to its end: read, learn the earlier part, check on the later, learn all, keep."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import structlog

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import Sentence
from catalog_app.core.wiring import settings
from catalog_app.recommendations.evaluation.self_check import SelfCheck
from catalog_app.recommendations.feedback.history import History, read_history, window_of
from catalog_app.recommendations.learning.artefact import digest, to_bytes
from catalog_app.recommendations.learning.fitting import ModelSettings, fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.strongest import strongest
from catalog_app.recommendations.models import CANDIDATE, FINISHED, ModelVersion, Training
from catalog_app.recommendations.settings import held_settings, settings_row
from catalog_app.recommendations.training import progress
from catalog_app.recommendations.training.checking import check_of
from catalog_app.recommendations.training.data import ProductFeatures, features_of, training_data
from catalog_app.recommendations.training.lease import Claim, hold
from catalog_app.recommendations.training.states import found_training, move
from catalog_app.recommendations.training.versions import NOT_PROMOTED, forget_old, put_in_place

log = structlog.get_logger()

NOTHING_TOLD = Sentence("Nothing was told of offers or holdings by then, so there is nothing to learn from.")


@dataclass(frozen=True)
class _Read:
    """What was read: the history, the features of its products, and by which settings."""

    history: History
    products: ProductFeatures
    attribution_days: int
    window_days: int


@dataclass(frozen=True)
class _Learned:
    """A model with its bytes and what the check of its twin on the earlier part said."""

    model: Model
    artefact: bytes
    check: SelfCheck
    seconds: float


def train(training_id: int, claim: Claim) -> None:
    """Run a claimed training and write down what came of it: a new version, or why there is none."""
    begun = time.perf_counter()
    progress.note(claim, progress.READING)
    read = _read(training_id)
    if read is None:
        _finish(claim, None, None, NOTHING_TOLD)
        return
    progress.note(claim, progress.FITTING)
    checked = check_of(read.history, read.products, claim)
    progress.note(claim, progress.FITTING_ALL)
    model = fit_model(training_data(read.history, read.products), like=checked.model)
    if model is None:
        _finish(claim, None, None, _too_little(read.history))
        return
    progress.note(claim, progress.SAVING)
    _finish(claim, read, _Learned(model, to_bytes(model), checked.check, time.perf_counter() - begun), None)


def _read(training_id: int) -> _Read | None:
    session = db.session()
    session.rollback()
    until, chosen = found_training(session, training_id).until, settings_row(session)
    window = window_of(session, until=until, days=chosen.window_days)
    if window is None:
        return None
    within = timedelta(days=chosen.attribution_days)
    history = read_history(session.connection(), window, within=within)
    products = features_of(session, history, settings().base_currency)
    read = _Read(history, products, chosen.attribution_days, chosen.window_days)
    # Learning takes long; nothing is to be kept open meanwhile.
    session.rollback()
    return read


def _finish(claim: Claim, read: _Read | None, learned: _Learned | None, outcome: Sentence | None) -> None:
    now = utcnow()
    with writing() as session:
        chosen = held_settings(session)
        training = found_training(session, claim.training_id, for_change=True)
        if training.cancel_requested:
            raise progress.CancelledError("cancelled")
        if learned is not None and read is not None:
            version = _version(read, learned, training)
            session.add(version)
            session.flush()
            training.model_version = version.version
            if learned.check.holds and chosen.promote:
                put_in_place(session, chosen, version, actor=training.requested_by, now=now)
            elif learned.check.holds:
                version.reason = NOT_PROMOTED
            forget_old(session)
            outcome = Sentence("Model %(number)d: %(reason)s", number=version.version, reason=version.reason)
        hold(session, claim)
        move(training, FINISHED, now=now, outcome=outcome)
    log.info("training finished", training=claim.training_id, model=None if learned is None else learned.model.basis)


def _version(read: _Read, learned: _Learned, training: Training) -> ModelVersion:
    history, model = read.history, learned.model
    return ModelVersion(
        status=CANDIDATE,
        reason=learned.check.reason,
        basis=model.basis,
        trained_at=utcnow(),
        trained_by=training.requested_by,
        data_from=history.window.since,
        data_until=history.window.until,
        customers=len(history.pasts),
        impressions=len(history.impressions),
        acceptances=history.acceptances,
        products=len(model.products),
        seconds=round(learned.seconds, 3),
        settings=_settings(read, model.facts),
        metrics={**learned.check.metrics, "weights": [asdict(one) for one in strongest(model)]},
        sha256=digest(learned.artefact),
        size=len(learned.artefact),
        artefact=learned.artefact,
    )


def _settings(read: _Read, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "attribution_days": read.attribution_days,
        "window_days": read.window_days,
        "left_out": read.history.left_out,
        **facts,
    }


def _too_little(history: History) -> Sentence:
    needed = ModelSettings()
    others = len(history.impressions) - history.acceptances
    if others < needed.rate_acceptances <= history.acceptances:
        return Sentence(
            "%(accepted)d offers were accepted and only %(others)d were not, so nothing tells them apart: what was shown "
            "and not accepted has to be told, too.",
            accepted=history.acceptances,
            others=others,
        )
    return Sentence(
        "Too little to learn from: %(holders)d customers hold something, and recommending by what they hold takes "
        "%(customers)d; %(accepted)d offers were accepted, and ranking by how often takes %(rate)d, by customer %(full)d.",
        holders=history.holders,
        customers=needed.affinity_customers,
        accepted=history.acceptances,
        rate=needed.rate_acceptances,
        full=needed.full_acceptances,
    )
