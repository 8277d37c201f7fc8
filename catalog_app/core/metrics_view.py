"""/metrics: for a monitoring system that has the metrics token, or that runs on this machine."""

from collections.abc import Iterator
from http import HTTPStatus
from ipaddress import ip_address
from secrets import compare_digest
from typing import Final

import structlog
from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from catalog_app.core import metrics, shared_metrics
from catalog_app.core.metrics import CONTENT_TYPE, MetricSource, Sample
from catalog_app.core.problems import problem
from catalog_app.core.readiness import standing
from catalog_app.core.wiring import providers, settings
from catalog_app.settings import SettingsError

log = structlog.get_logger()
_UP: Final = ("catalog_database_up", "Whether the database answers: 1 or 0.")
_READY: Final = ("catalog_ready", "Whether this process may be given work, as /readyz says: 1 or 0.")
_PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def init_app(app: Flask) -> None:
    try:
        metrics.prepare()
    except OSError as error:
        raise SettingsError(f"{shared_metrics.VARIABLE}: the folder cannot be made ({type(error).__name__})") from None
    app.add_url_rule("/metrics", "metrics", _show)


def _show() -> ResponseReturnValue:
    if not _is_allowed():
        detail = "Send the metrics token as a bearer token; without one set, metrics are for this machine only."
        return problem(HTTPStatus.FORBIDDEN, detail)
    return Response(metrics.exposition(_told()), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _is_allowed() -> bool:
    token = settings().metrics_token
    if token is None:
        return _is_from_here()
    given = request.authorization
    sent = given.token if given is not None and given.type == "bearer" else None
    return compare_digest((sent or "").encode(), token.get_secret_value().encode())


def _is_from_here() -> bool:
    """Return whether the request came from this machine itself: a proxy on it asks for somebody else."""
    if any(name in request.headers for name in _PROXIED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _told() -> Iterator[Sample]:
    """Yield what the rooms tell. While the database does not answer, what was counted is told all the same."""
    answers = True
    for source in providers(MetricSource):
        try:
            yield from tuple(source.samples())
        except OperationalError as error:
            log.warning("metrics incomplete", kind=type(error).__name__)
            answers = False
            # The others would wait as long for the same.
            break
        except SQLAlchemyError as error:
            log.warning("metrics incomplete", kind=type(error).__name__)
    yield Sample(*_UP, {}, answers)
    yield Sample(*_READY, {}, answers and not standing(current_app).faults)
