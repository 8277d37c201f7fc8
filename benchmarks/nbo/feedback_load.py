"""`python -m benchmarks.nbo.feedback_load [--database sqlite|postgresql|both] [--events N]`: loading a history.

Events of many customers with twenty features each come in calls of 1,000, as they do over HTTP but without it, and are
then read for a training. CPU counts this process and, on PostgreSQL, the database.
"""

import argparse
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.databases import Database, application_on, empty_database
from benchmarks.processes import cpu_seconds, resident_bytes
from catalog_app.core.db import db
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.feedback.events import told_of
from catalog_app.recommendations.feedback.history import read_history, window_of
from catalog_app.recommendations.feedback.recording import record

ACTOR = "user:bench@operator.example"
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
A_CALL = 1_000
PRODUCTS = 20
CUSTOMERS_IN_TEN = 3


def main() -> None:
    options = _options()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print("| database | events | loaded, CPU | per CPU-second | elapsed | read for training, CPU | memory |")
    print("|---|---|---|---|---|---|---|")
    for kind in kinds:
        with empty_database(kind) as database, application_on(database):
            print(_row(database, options.events), flush=True)


def _row(database: Database, events: int) -> str:
    products = [
        ProductCatalogService().create({"name": f"P {number}", "product_type": "data"}, actor=ACTOR).id
        for number in range(PRODUCTS)
    ]
    begun, clock = _cpu(database), time.perf_counter()
    for call in range(events // A_CALL):
        now = datetime.now(UTC)
        record(told_of(list(_events(call, products)), now=now), now=now)
    loaded, elapsed = _cpu(database) - begun, time.perf_counter() - clock
    session = db.session()
    begun = _cpu(database)
    window = window_of(session, until=None, days=365)
    assert window is not None
    history = read_history(session.connection(), window, within=timedelta(days=14))
    read = _cpu(database) - begun
    assert history.acceptances
    megabytes = resident_bytes() / 1e6
    return (
        f"| {database.kind} | {events:,} | {loaded:.1f} s | {events / loaded:,.0f} | {elapsed:.0f} s | {read:.1f} s | "
        f"{megabytes:,.0f} MB |"
    )


def _events(call: int, products: list[int]) -> Iterator[dict[str, Any]]:
    for number in range(call * A_CALL, (call + 1) * A_CALL):
        customer = number * 7919 % (CUSTOMERS_IN_TEN * 100_000)
        yield {
            "event_id": f"event-{number}",
            "customer_id": f"7{customer:011}",
            "product_id": products[number % len(products)],
            "event": "accepted" if number % 9 == 0 else "shown",
            "channel": "app",
            "occurred_at": (BEGUN + timedelta(seconds=60 * number)).isoformat(),
            "customer_features": {
                "segments": [f"segment-{customer % 7}"],
                "city": f"city-{customer % 40}",
                **{f"usage_{place}": customer * place % 1009 / 7 for place in range(1, 19)},
            },
            "owned": [products[customer % len(products)]],
        }


def _cpu(database: Database) -> float:
    return cpu_seconds(os.getpid()) + (cpu_seconds(database.server) if database.server else 0.0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nbo.feedback_load")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--events", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
