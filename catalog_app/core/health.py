"""Whether the process lives, and whether it may be given work."""

from http import HTTPStatus

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.readiness import Watched, Watcher, faults
from catalog_app.core.wiring import providers

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    watched: list[Watched] = []
    try:
        found = faults(current_app)
        if not found:
            watched = [watcher.watched() for watcher in providers(Watcher)]
            found = [watch.fault for watch in watched if watch.fault]
    except SQLAlchemyError as error:
        found = [f"The database does not answer ({type(error).__name__})."]
    facts = {watch.name: dict(watch.facts) for watch in watched}
    if found:
        return {"status": "not ready", "reasons": found, **facts}, HTTPStatus.SERVICE_UNAVAILABLE
    return {"status": "ready", **facts}
