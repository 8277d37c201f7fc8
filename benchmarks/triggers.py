"""`python -m benchmarks.triggers [--database sqlite|postgresql|both]`: what triggers cost over HTTP.

The campaign has an audience, a control group, caps across campaigns and quiet hours; each call brings customers that
nobody has seen before, but where it says otherwise. CPU counts the server and, on PostgreSQL, the database.
"""

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from typing import Any

import orjson

from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.serving import Served, served
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.campaigns.service import CampaignService
from catalog_app.contacts.policy import policy_row
from catalog_app.core.db import db, writing
from catalog_app.products.service import ProductCatalogService

ACTOR = "user:bench@operator.example"
MANY = 1_000
TURNS = 8
SINGLES = 300
WARM_UP = 20
FEATURES = {
    "customer_value": 1200,
    "segments": ["high_value"],
    "payment_mode": "postpaid",
    "owned": [],
    "tenure_months": 14,
    "city": "Riyadh",
}
PRODUCT = {
    "name": "Flex 60 GB",
    "product_type": "data",
    "price": "149.00",
    "currency": "SAR",
    "recurring": True,
    "billing_cycle": "monthly",
    "lifecycle_status": "launched",
    "target_segments": ["high_value"],
    "max_customer_value": "5000",
    "features": {"data_mb": 61440, "validity_days": 30},
}
CAMPAIGN = {
    "name": "Year-end 60 GB",
    "channels": ["sms", "push"],
    "messages": {
        "sms": {
            "en": {
                "body": "Hi, {{ product.name }} with {{ product.features.data_mb }} for {{ config.price_formatted }}."
            },
            "ar": {"body": "{{ product.name }} بسعر {{ config.price_formatted }}"},
        },
        "push": {"en": {"title": "{{ product.name }}", "body": "Only {{ config.price_formatted }} a month."}},
    },
    "product_config": {"price": "99.00"},
    "audience": {"min_customer_value": "100"},
    "control_group_percent": "10",
    "limit_per_customer": 3,
    "quiet_from": "23:00",
    "quiet_to": "05:00",
}


def main() -> None:
    options = _options()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| database | what | CPU |\n|---|---|---|")
    for kind in kinds:
        for what, milliseconds in measures(kind):
            print(f"| {kind} | {what} | {milliseconds:,.1f} ms |", flush=True)


def measures(kind: str) -> Iterator[tuple[str, float]]:
    """Make a database with a running campaign and yield what each kind of call costs, in milliseconds of CPU."""
    with ExitStack() as stack:
        database = stack.enter_context(empty_database(kind))
        stack.enter_context(application_on(database))
        campaign_id, token = _prepared()
        environment = _environment(database)
        server = stack.enter_context(served("wsgi:app", environment, database=database.server))
        caller = _Caller(server, f"/api/loyalty/v1/campaigns/{campaign_id}/trigger/", token)
        yield f"{MANY:,} customers in one call", caller.cost(lambda turn: _items(turn, MANY), turns=TURNS)
        yield f"the same {MANY:,} again", caller.cost(lambda _: _items(0, MANY), turns=TURNS)
        yield "one customer", caller.cost(lambda turn: _items(MANY * (turn + MANY), 1), turns=SINGLES)
        yield "the same one again", caller.cost(lambda _: _items(0, 1), turns=SINGLES)


class _Caller:
    """A campaign engine with one connection that stays open."""

    def __init__(self, server: Served, path: str, token: str) -> None:
        self._server, self._path = server, path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=60)

    def cost(self, items: Callable[[int], list[dict[str, Any]]], *, turns: int) -> float:
        """Return the milliseconds of CPU that one of so many calls takes, after some that do not count."""
        bodies = (orjson.dumps({"items": items(turn)}) for turn in count())
        warm_up = min(WARM_UP, turns)
        for _ in range(warm_up):
            self._call(next(bodies))
        begun = self._server.cpu()
        for _ in range(turns):
            self._call(next(bodies))
        return (self._server.cpu() - begun) / turns * 1000

    def _call(self, body: bytes) -> None:
        self._connection.request("POST", self._path, body, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != HTTPStatus.OK or b'"refused"' in told:
            raise AssertionError(f"{answer.status}: {told[:500]!r}")


def _items(turn: int, size: int) -> list[dict[str, Any]]:
    return [
        {
            "key": f"recharge-{number}",
            "customer_id": f"7{number:011}",
            "customer_features": FEATURES,
            "address": f"+9665{number:09}",
            "time_zone": "Asia/Riyadh",
            "language": "en",
        }
        for number in range(turn * size, (turn + 1) * size)
    ]


def _prepared() -> tuple[int, str]:
    """Return a campaign that runs, and the token of the campaign engine."""
    product = ProductCatalogService().create(PRODUCT, actor=ACTOR)
    campaign_id = CampaignService().create({**CAMPAIGN, "product_id": product.id}, actor=ACTOR).id
    CampaignService().activate(campaign_id, actor=ACTOR)
    with writing() as session:
        policy_row(session).caps = [
            {"channel": None, "most": 5, "days": 7},
            {"channel": "sms", "most": 3, "days": 7},
        ]
    new = NewToken.model_validate({"name": "engine", "scopes": ["campaigns:trigger"], "expires_at": None})
    _, secret = tokens.create(new, actor=ACTOR)
    db.session.remove()
    return campaign_id, secret


def _environment(database: Database) -> dict[str, str]:
    return {
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_RATE_LIMIT": "10000000/minute",
        "CATALOG_LOG_LEVEL": "ERROR",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.triggers")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    return parser.parse_args()


if __name__ == "__main__":
    main()
