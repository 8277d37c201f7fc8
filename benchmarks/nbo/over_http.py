"""Gate "over HTTP": what a decision over 1,000 eligible products costs, with everything on and the decision written.

The server is the product as it runs in production, one worker; CPU is that of its processes. Each decision is about
another customer with 64 features, whom the contacts may know; a full model with an affinity scores the products.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from types import ModuleType
from typing import Any, Final

import orjson

from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.nbo.figures import Figure
from benchmarks.nbo.latency import features_of, model_of
from benchmarks.serving import Served, served
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.contacts.policy import policy_row
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.read_connections import read_connections
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.masks.keeping import compiled_catalogue
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.learning.artefact import digest, to_bytes
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.models import ACTIVE, ModelVersion
from catalog_app.recommendations.settings import held_settings

NAME: Final = "over HTTP"
PRODUCTS: Final = 1_000
DECISIONS: Final = 2_000
WARM_UP: Final = 100
MOST: Final = 0.003
GOAL: Final = 0.0015
PATH: Final = "/api/loyalty/v1/nbo/decide/"


def run(protocol: ModuleType) -> list[Figure]:  # noqa: ARG001  # this gate needs no public data
    """Return the milliseconds of CPU that a decision takes, on SQLite."""
    with ExitStack() as stack:
        database = stack.enter_context(empty_database("sqlite"))
        stack.enter_context(application_on(database))
        caller = _prepared()
        server = stack.enter_context(served("wsgi:app", _environment(database), database=database.server))
        return [Figure.seconds(NAME, "decide, CPU", caller(server), most=MOST)]


def _prepared() -> Any:
    for start in range(0, PRODUCTS, 250):
        items = [BulkItem("upsert", _product(number)) for number in range(start, start + 250)]
        ProductCatalogService().edit_many(items, actor="bench")
    _serve(model_of(read_connections().read(compiled_catalogue().at)))
    with writing() as session:
        policy_row(session).caps = [{"channel": None, "most": 5, "days": 7}, {"channel": "app", "most": 3, "days": 7}]
    _, secret = tokens.create(NewToken(name="bench", scopes=["nbo:read"], expires_at=None), actor="bench")
    db.session.remove()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return lambda server: _cost(server, headers)


def _cost(server: Served, headers: dict[str, str]) -> float:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    bodies = _bodies()

    def decide() -> None:
        connection.request("POST", PATH, next(bodies), headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != HTTPStatus.OK or orjson.loads(told)["eligible"] < PRODUCTS - 1:
            raise AssertionError(f"{answer.status}: {told[:500]!r}")

    for _ in range(WARM_UP):
        decide()
    begun = server.cpu()
    for _ in range(DECISIONS):
        decide()
    return (server.cpu() - begun) / DECISIONS


def _bodies() -> Iterator[bytes]:
    for turn in count():
        told = {"customer_value": 1200, "segments": ["high_value"], "payment_mode": "postpaid"}
        features = {**features_of(turn), **told}
        yield orjson.dumps(
            {
                "customer_id": f"7{turn:011}",
                "customer_features": features,
                "owned": [turn % PRODUCTS + 1],
                "channel": "app",
                "limit": 5,
            }
        )


def _serve(model: Model) -> None:
    """Put a model in place."""
    content, now = to_bytes(model), utcnow()
    with writing() as session:
        version = ModelVersion(
            status=ACTIVE,
            basis=model.basis,
            trained_at=now,
            trained_by="bench",
            customers=0,
            impressions=0,
            acceptances=0,
            products=PRODUCTS,
            seconds=0.0,
            settings={},
            metrics={},
            sha256=digest(content),
            size=len(content),
            artefact=content,
        )
        session.add(version)
        session.flush()
        held_settings(session).active_model = version.version


def _product(number: int) -> dict[str, Any]:
    """Return a product that is offered to these customers, restricted in every dimension that products are."""
    return {
        "external_system": "manual",
        "external_product_id": f"bench-{number}",
        "name": f"Offer {number}",
        "product_type": ("data", "voice", "bundle", "addon")[number % 4],
        "price": f"{10 + number * 37 % 400}.00",
        "currency": "SAR",
        "lifecycle_status": "launched",
        "target_segments": ["high_value", f"s{number % 20}"],
        "exclude_segments": ["blocked"],
        "min_customer_value": str(number % 1000),
        "payment_mode": ("any", "postpaid")[number % 2],
        "channels": ["app", "sms"],
        "max_per_customer": 3,
        "cooldown_days": 7 if number % 5 == 0 else None,
        "eligibility_rule": {"all": [{"attribute": "usage_1", "operator": "gte", "value": -(number % 10)}]},
        "features": {"data_mb": number * 100},
        "lever_weight": number % 30,
    }


def _environment(database: Database) -> dict[str, str]:
    return {
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_RATE_LIMIT": "10000000/minute",
        "CATALOG_LOG_LEVEL": "ERROR",
    }
