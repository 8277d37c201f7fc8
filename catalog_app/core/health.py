"""Whether the process lives, and whether it may be given work."""

from http import HTTPStatus

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.readiness import faults

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    try:
        found = faults(current_app)
    except SQLAlchemyError as error:
        found = [f"The database does not answer ({type(error).__name__})."]
    if found:
        return {"status": "not ready", "reasons": found}, HTTPStatus.SERVICE_UNAVAILABLE
    return {"status": "ready"}
