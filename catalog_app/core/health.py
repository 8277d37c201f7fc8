"""Whether the process lives, and whether it may be given work."""

from http import HTTPStatus

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.problem_answers import RETRY
from catalog_app.core.readiness import Standing, standing

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    try:
        found = standing(current_app)
    except SQLAlchemyError as error:
        found = Standing([f"The database does not answer ({type(error).__name__})."], {})
    if found.faults:
        told = {"status": "not ready", "reasons": found.faults, **found.facts}
        return told, HTTPStatus.SERVICE_UNAVAILABLE, dict(RETRY)
    return {"status": "ready", **found.facts}
