"""Models: which there are and how good they are, which one serves, and learning anew."""

from http import HTTPStatus
from typing import Final

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.paging import Page
from catalog_app.products.choices import choices
from catalog_app.recommendations.models import QUEUED, RUNNING, ModelVersion
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.recommendations.training.versions import ModelService
from catalog_app.recommendations.views.blueprint import bp, dialog, done, leading_to, refused
from catalog_app.recommendations.views.charts import calibration_chart, lift_chart
from catalog_app.recommendations.views.model_facts import (
    calibration_verdict,
    facts_of,
    held_in,
    row_of,
    values_of,
    weights_of,
)
from catalog_app.recommendations.views.named import names_of
from catalog_app.recommendations.views.standing import standing

LIMIT: Final = 25
TRAININGS: Final = 5
OPEN: Final = frozenset({QUEUED, RUNNING})


@bp.get("/models/")
@requires_role("viewer")
def models() -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    found = _found()
    trainings = TrainingService().search(limit=TRAININGS).items
    return render_template(
        "recommendations/models.html",
        standing=standing(session, now),
        settings=settings_row(session),
        rows=[row_of(model) for model in found.items],
        found=found,
        trainings=trainings,
        open_training=TrainingService().going_on(),
    )


@bp.get("/models/<int:version>")
@requires_role("viewer")
def model(version: int) -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    found = ModelService().get(version)
    bins = found.metrics.get("calibration") or []
    return render_template(
        "recommendations/model.html",
        standing=standing(session, now),
        model=found,
        facts=facts_of(found),
        bins=bins,
        calibration=calibration_chart(bins),
        verdict=calibration_verdict(found.metrics),
        lift=lift_chart(found.metrics.get("lift") or []),
        values=values_of(found.metrics),
        weights=weights_of(found.metrics, names_of(session, held_in(found.metrics)), choices().segments),
    )


@bp.get("/models/<int:version>/activate")
@requires_role("approver")
def confirm_activation(version: int) -> ResponseReturnValue:
    found = ModelService().get(version)
    return _ask_activation(found)


@bp.post("/models/<int:version>/activate")
@requires_role("approver")
def activate(version: int) -> ResponseReturnValue:
    former = settings_row(db.session()).active_model
    page = url_for("recommendations.model", version=version)
    try:
        ModelService().activate(version, actor=actor())
    except (ConflictError, RuleError) as error:
        return refused(str(error), page, HTTPStatus.CONFLICT)
    undo = url_for("recommendations.activate", version=former) if former not in (None, version) else None
    return done(gettext("Model %(number)s decides from now on.", number=version), page, undo=undo)


@bp.post("/models/roll-back")
@requires_role("approver")
def roll_back() -> ResponseReturnValue:
    former = settings_row(db.session()).active_model
    back = url_for("recommendations.models")
    try:
        found = ModelService().roll_back(actor=actor())
    except (ConflictError, RuleError) as error:
        return refused(str(error), back, HTTPStatus.CONFLICT)
    undo = url_for("recommendations.activate", version=former) if former is not None else None
    return done(gettext("Rolled back: model %(number)s decides again.", number=found.version), back, undo=undo)


@bp.get("/train")
@requires_role("approver")
def confirm_training() -> ResponseReturnValue:
    session = db.session()
    return dialog(
        "recommendations/_train.html",
        gettext("Train now"),
        standing=standing(session, utcnow()),
        settings=settings_row(session),
        open_training=TrainingService().going_on(),
    )


@bp.post("/train")
@requires_role("approver")
def train() -> ResponseReturnValue:
    back = url_for("recommendations.models")
    # The second click of two asks for nothing new: the page shows what goes on.
    if TrainingService().going_on() is not None:
        return leading_to(back)
    try:
        TrainingService().request(actor=actor())
    except ConflictError as error:
        return refused(str(error), back, HTTPStatus.CONFLICT)
    return done(gettext("Training began. You may leave this page; it goes on."), back)


@bp.get("/trainings/<int:training_id>")
@requires_role("viewer")
def training(training_id: int) -> ResponseReturnValue:
    """Show how a training stands: what the page of models asks for again as long as it goes on."""
    found = TrainingService().get(training_id)
    if wants_fragment():
        page = make_response(
            render_template("recommendations/_training.html", training=found, goes_on=found.status in OPEN)
        )
        if found.status not in OPEN:
            # The lists around it have changed, too.
            page.headers["HX-Refresh"] = "true"
        return page
    return render_template(
        "recommendations/training.html",
        standing=standing(db.session(), utcnow()),
        training=found,
        goes_on=found.status in OPEN,
    )


@bp.post("/trainings/<int:training_id>/cancel")
@requires_role("approver")
def cancel_training(training_id: int) -> ResponseReturnValue:
    back = url_for("recommendations.models")
    try:
        TrainingService().cancel(training_id, actor=actor())
    except ConflictError as error:
        return refused(str(error), back, HTTPStatus.CONFLICT)
    return done(gettext("The training stops."), back)


def _ask_activation(found: ModelVersion) -> ResponseReturnValue:
    serving = ModelService().active()
    return dialog(
        "recommendations/_activate.html",
        gettext("Activate model %(number)s?", number=found.version),
        model=found,
        row=row_of(found),
        now=row_of(serving) if serving is not None else None,
    )


def _found() -> Page[ModelVersion]:
    """Return the page that was asked for; a place that is no place is the beginning."""
    cursor = request.args.get("cursor") or None
    try:
        return ModelService().search(limit=LIMIT, cursor=cursor)
    except RuleError:
        return ModelService().search(limit=LIMIT, cursor=None)
