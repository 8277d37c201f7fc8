"""Gate "latency": eligibility, propensity, priority and the ten best of 1,000 and of 10,000 products, in process.

A customer with 64 features and three products; the products are restricted by channel, payment mode, value, segments,
relations, points and rules, and a full model with an affinity scores them. CPU time, median over many customers, each
another one. What it takes to read a customer's features into the model's numbers is told beside it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from statistics import median
from types import ModuleType
from typing import Any, Final

import numpy as np

from benchmarks.nbo.figures import Figure
from catalog_app.contacts.policy import Policy
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.masks.cards import COLUMNS, Entry, entry_of
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.related import named_by
from catalog_app.products.models import Product
from catalog_app.products.reads import documents
from catalog_app.products.schema import ProductInput
from catalog_app.recommendations.decisions.asked import Asked
from catalog_app.recommendations.features import customer_features, product_features
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData
from catalog_app.recommendations.scoring.contacting import Contacts, Known
from catalog_app.recommendations.scoring.deciding import ordered
from catalog_app.recommendations.scoring.grounds import Grounds
from catalog_app.recommendations.scoring.ranking import read
from catalog_app.recommendations.scoring.standing import Present, Standing
from catalog_app.recommendations.training.live import LiveModel

NAME: Final = "latency"
TARGETS: Final = {1_000: 60.0, 10_000: 500.0}
"""Microseconds, by the number of products."""
FEATURES: Final = 64
SHOWN: Final = 1_000
CUSTOMERS: Final = 1_000
TURNS: Final = 400
TOP: Final = 10
FEW_PRODUCTS: Final = 100
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
CURRENCY: Final = "SAR"


def run(protocol: ModuleType) -> list[Figure]:  # noqa: ARG001  # this gate needs no public data
    """Return the median latencies for each number of products."""
    return [figure for count, most in TARGETS.items() for figure in _figures(count, most)]


def _figures(count: int, most: float) -> Iterator[Figure]:
    deciding, reading = _microseconds(count)
    yield Figure(NAME, f"{count:,} products p50", deciding, most, at_least=False, unit="us")
    yield Figure(NAME, f"{count:,} products, and reading 64 features", deciding + reading, at_least=False, unit="us")


def _microseconds(count: int) -> tuple[float, float]:
    """Return what it takes to decide for a customer, and to read one."""
    grounds, chance, nobody = _grounds(count), Random(0), Known()  # noqa: S311  # nothing here is secret
    deciding, reading = [], []
    for asked in tuple(_asked()):
        begun = time.thread_time_ns()
        told = read(grounds, asked)
        known = time.thread_time_ns()
        _, ranking = ordered(grounds, asked, told, nobody, NOW)
        chosen = ranking.chosen(None, chance)
        deciding.append((time.thread_time_ns() - known) / 1_000)
        reading.append((known - begun) / 1_000)
        if len(chosen.places) != TOP:
            raise AssertionError("there was not enough to choose from")
    return median(deciding[TURNS // 4 :]), median(reading[TURNS // 4 :])


def _asked() -> Iterator[Asked]:
    for turn in range(TURNS):
        features = features_of(turn)
        customer = CustomerFeatures.of({**features, "owned": _owned(turn), "points": turn % 50})
        yield Asked(customer, features, channel="app", limit=TOP)


def features_of(number: int) -> dict[str, Any]:
    """Return what is told of a customer."""
    usage = {f"usage_{place}": (number * 7919 + place * 104_729) % 1_000 / 10 for place in range(FEATURES - 4)}
    told = {
        "customer_value": 500 + number % 2_000,
        "segments": [f"s{number % 5}"],
        "payment_mode": ("prepaid", "postpaid")[number % 2],
        "city": ("Riyadh", "Jeddah", "Mecca")[number % 3],
    }
    return {**usage, **told}


def _owned(number: int) -> list[int]:
    return sorted({number * 31 % 997 + 1, number * 57 % 997 + 1, number * 91 % 997 + 1})


def _grounds(count: int) -> Grounds:
    made = [_product(number) for number in range(1, count + 1)]
    entries = [_entry(product) for product in made]
    named = named_by(entry.card for entry in entries)
    compiled = Compiled(1, entries, {one: (one, ("manual", str(one))) for one in named if isinstance(one, int)})
    live = LiveModel(1, "full", NOW, model_of(compiled))
    standing = Standing(1, True, True, True, True, {}, {}, frozenset(), 30, 14)  # noqa: FBT003  # every factor is on
    contacts = Contacts(Policy(), str)
    return Grounds(Present(1, 1, 1, 1), compiled, standing, contacts, live, CURRENCY)


def _product(number: int) -> Product:
    values: dict[str, Any] = {
        "name": f"Offer {number}",
        "product_type": ("data", "voice", "bundle", "addon")[number % 4],
        "price": f"{10 + number * 37 % 400}.00",
        "currency": CURRENCY,
        "lifecycle_status": "launched",
        "channels": ["app", "sms"] if number % 3 else [],
        "payment_mode": ("any", "any", "postpaid")[number % 3],
        "target_segments": [] if number % 4 else [f"s{number % 5}", f"s{(number + 1) % 5}"],
        "exclude_segments": ["blocked"],
        "min_customer_value": str(number % 500),
        "points_price": 40 if number % 50 == 0 else None,
        "relations": [{"relation": "excludes", "product": number % 997 + 1}] if number % 20 == 0 else [],
        "eligibility_rule": _rule(number) if number % 5 == 0 else None,
        "features": {"data_mb": number * 100 % 60_000},
        "lever_weight": number % 30,
    }
    made = Product(
        id=number,
        version=1,
        external_system="manual",
        external_product_id=str(number),
        field_locks={},
        **ProductInput.check(values).values(),
    )
    made.sync_state, made.created_at, made.updated_at, made.created_by, made.updated_by = "manual", NOW, NOW, "b", "b"
    return made


def _rule(number: int) -> Mapping[str, Any]:
    return {"all": [{"attribute": "usage_1", "operator": "gte", "value": number % 3}]}


def _entry(product: Product) -> Entry:
    row = dict(zip(documents.COLUMNS, documents.row_of(product), strict=True))
    return entry_of([row[name] for name in COLUMNS])


def model_of(compiled: Compiled) -> Model:
    """Return a full model with an affinity, learned from made-up customers who have what is near to what they have."""
    customers = [Customer(_owned(number), customer_features(features_of(number))) for number in range(CUSTOMERS)]
    offers = np.array([number * 7 % compiled.size + 1 for number in range(SHOWN)], np.int64)
    accepted = np.array([float((number * 2_654_435_761 >> 7) % 10 < 1 + number % 3) for number in range(SHOWN)])
    shown = Impressions(
        [customers[number % CUSTOMERS].features for number in range(SHOWN)],
        [customers[number % CUSTOMERS].owned for number in range(SHOWN)],
        offers,
        accepted,
        np.arange(SHOWN, dtype=np.float64) * 3_600,
        np.arange(SHOWN) % CUSTOMERS,
    )
    features = [product_features(card, CURRENCY) for card in compiled.cards]
    data = TrainingData(compiled.ids, features, customers, shown)
    model = fit_model(data, like=fit_model(_among_few(data)))
    if model is None or model.basis != "full" or model.affinity is None:
        raise AssertionError("the made-up history carries no full model")
    return model


def _among_few(data: TrainingData) -> TrainingData:
    """Return the same folded onto the first products: choosing settings among these takes a second, not minutes."""
    shown = data.impressions
    folded = replace(shown, offer=shown.offer % FEW_PRODUCTS + 1, owned=[_folded(owned) for owned in shown.owned])
    customers = [Customer(_folded(customer.owned), customer.features) for customer in data.customers]
    return TrainingData(data.product_ids[:FEW_PRODUCTS], data.product_features[:FEW_PRODUCTS], customers, folded)


def _folded(owned: Sequence[int]) -> list[int]:
    return sorted({number % FEW_PRODUCTS + 1 for number in owned})
