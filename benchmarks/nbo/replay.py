"""A history from elsewhere through the API: told as feedback, learned from, and asked about what came later.

The rows of `bank_by_date` are one product offered to 41,188 customers, dated by the month in which they were called.
What came before the last fifth is told in calls of 1,000 (shown, and accepted an hour later where it was), a training
is asked for, and each later customer is decided on. Everything goes over HTTP to a server of its own.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from types import ModuleType
from typing import Any, Final

import numpy as np
import orjson

from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.nbo.figures import Figure
from benchmarks.serving import Served, served
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db

NAME: Final = "replay"
TARGET: Final = 0.746
"""What a regularised logistic regression reaches on the same fields and the same split (baselines/responses.py)."""
GOAL: Final = 0.757
LOG_LOSS: Final = 0.574
A_CALL: Final = 1_000
PATIENCE: Final = 600.0
FIRST_YEAR: Final = 2008
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BASE: Final = "/api/loyalty/v1"
SCOPES: Final = ("products:write", "nbo:read", "nbo:write", "ml:read", "admin")
Row = dict[str, Any]


def run(protocol: ModuleType) -> list[Figure]:
    """Replay the rows, and return how well the model that came of it orders the last fifth of them."""
    rows, accepted, split = protocol.bank_by_date()
    moments = list(_dated(rows))
    with ExitStack() as stack:
        database = stack.enter_context(empty_database("sqlite"))
        stack.enter_context(application_on(database))
        token = _token()
        server = stack.enter_context(served("wsgi:app", _environment(database), database=database.server))
        caller = _Caller(server, token)
        product = caller.post("/products/", {"name": "Term deposit", "product_type": "service", "is_active": True})[
            "id"
        ]
        begun = server.cpu()
        for call in _calls(_told(rows[:split], accepted, moments, product)):
            caller.post("/nbo/feedback/", {"events": call})
        loaded = server.cpu() - begun
        trained = _trained(caller, moments[split])
        scores = np.array([_propensity(caller, row, product) for row in rows[split:]])
    later = accepted[split:]
    return [
        Figure(NAME, "AUC", protocol.auc(later, scores), TARGET, GOAL),
        Figure(NAME, "log loss", protocol.log_loss(later, scores), LOG_LOSS, at_least=False),
        Figure(NAME, "feedback loaded", loaded, unit="s"),
        Figure(NAME, "training", trained["seconds"], unit="s"),
    ]


def _dated(rows: Sequence[Row]) -> Iterator[datetime]:
    """Yield when each row happened: rows are in the order of time and name their month, never the year."""
    year, last, within = FIRST_YEAR, 0, 0
    for row in rows:
        month = MONTHS.index(row["month"]) + 1
        if month != last:
            year, last, within = year + (month < last), month, 0
        within += 1
        yield datetime(year, month, 1, tzinfo=UTC) + timedelta(minutes=within)


def _told(rows: Sequence[Row], accepted: Any, moments: Sequence[datetime], product: int) -> Iterator[Row]:
    for number, (row, moment) in enumerate(zip(rows, moments, strict=False)):
        common = {"customer_id": f"bank-{number}", "product_id": product, "channel": "shop"}
        shown = {"event_id": f"shown-{number}", "event": "shown", "occurred_at": moment.isoformat()}
        yield {**common, **shown, "customer_features": _features(row)}
        if accepted[number]:
            when = (moment + timedelta(hours=1)).isoformat()
            yield {**common, "event_id": f"accepted-{number}", "event": "accepted", "occurred_at": when}


def _calls(events: Iterator[Row]) -> Iterator[list[Row]]:
    call: list[Row] = []
    for event in events:
        call.append(event)
        if len(call) == A_CALL:
            yield call
            call = []
    if call:
        yield call


def _trained(caller: "_Caller", until: datetime) -> Row:
    """Ask for a training, wait for it, and return the model that serves since."""
    training = caller.post("/nbo/train/", {"until": until.isoformat()}, HTTPStatus.ACCEPTED)
    patience = time.monotonic() + PATIENCE
    while training["status"] in ("queued", "running"):
        assert time.monotonic() < patience, training
        time.sleep(0.2)
        training = caller.get(f"/nbo/trainings/{training['id']}/")
    assert training["model_version"], training
    model = caller.get(f"/nbo/models/{training['model_version']}/")
    assert model["status"] == "active", model
    return model


def _propensity(caller: "_Caller", row: Row, product: int) -> float:
    asked = {"customer_features": _features(row), "candidates": [product], "limit": 1, "explore": False}
    (offer,) = caller.post("/nbo/decide/", asked)["offers"]
    return float(offer["propensity"])


def _features(row: Row) -> Row:
    return {name: _value(text) for name, text in row.items()}


def _value(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


class _Caller:
    """A program with a connection that stays open."""

    def __init__(self, server: Served, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=120)

    def get(self, path: str) -> Row:
        return self._answer("GET", path, None, (HTTPStatus.OK,))

    def post(self, path: str, body: Row, status: HTTPStatus | None = None) -> Row:
        expected = (HTTPStatus.OK, HTTPStatus.CREATED) if status is None else (status,)
        answer = self._answer("POST", path, orjson.dumps(body), expected)
        assert not answer.get("refused"), answer
        return answer

    def _answer(self, method: str, path: str, body: bytes | None, expected: Sequence[HTTPStatus]) -> Row:
        self._connection.request(method, BASE + path, body, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        assert answer.status in expected, (answer.status, told[:1000])
        found: Row = orjson.loads(told)
        return found


def _token() -> str:
    new = NewToken.model_validate({"name": "replay", "scopes": SCOPES, "expires_at": None})
    _, secret = tokens.create(new, actor="user:bench@operator.example")
    db.session.remove()
    return str(secret)


def _environment(database: Database) -> dict[str, str]:
    return {
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_RATE_LIMIT": "10000000/minute",
        "CATALOG_LOG_LEVEL": "ERROR",
    }
