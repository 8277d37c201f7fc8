"""A small model that serves, learned from a history that is made here."""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.recommendations.features import product_features
from catalog_app.recommendations.learning.artefact import digest, to_bytes
from catalog_app.recommendations.learning.fitting import ModelSettings, fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData
from catalog_app.recommendations.models import ACTIVE, ModelVersion
from catalog_app.recommendations.settings import held_settings

SEGMENTS = ("family", "gamer", "youth")


def told(number: int) -> dict[str, Any]:
    """Return the features of a customer, some of them left out."""
    chance = Random(number)  # noqa: S311  # a history, no secret
    features: dict[str, Any] = {
        "age": chance.randint(18, 80),
        "customer_value": round(chance.random() * 300, 2),
        "segments": chance.sample(SEGMENTS, chance.randint(0, 2)),
        "payment_mode": chance.choice(["prepaid", "postpaid"]),
        "city": chance.choice(["Riyadh", "Jeddah", "Мекка"]),
        "is_roaming": chance.random() < 0.3,
        "usage": {"data_mb": round(chance.lognormvariate(8, 1), 1)},
    }
    return {name: value for name, value in features.items() if chance.random() < 0.9}


def owned(number: int, products: Sequence[int]) -> list[int]:
    return Random(-number).sample(list(products), Random(number).randint(0, 3))  # noqa: S311


def learned(ids: Sequence[int], *, shown: int = 600, settings: ModelSettings | None = None) -> Model:
    """Learn, about these products (ascending), from customers of whom the older ones, and those who roam, accept more."""
    chance = np.random.default_rng(3)
    described = db.session().scalars(select(Product).where(Product.id.in_(ids)).order_by(Product.id)).all()
    customers = [told(number) for number in range(shown)]
    flat = [{**features, **_flat(features)} for features in customers]
    offer = chance.integers(0, len(ids), shown)
    age = np.array([features.get("age", 40) for features in customers])
    roams = np.array([features.get("is_roaming", False) for features in customers])
    likely = 1 / (1 + np.exp(1.5 - 0.04 * (age - 40) - 1.5 * roams * (offer % 2)))
    holdings = [owned(number, ids) for number in range(shown)]
    data = TrainingData(
        np.array(ids),
        [product_features(product, "SAR") for product in described],
        [Customer(held, features) for held, features in zip(holdings, flat, strict=True)],
        Impressions(
            flat, holdings, np.array(ids)[offer], (chance.random(shown) < likely).astype(float),
            1.7e9 + 3600.0 * np.arange(shown, dtype=np.float64), np.arange(shown),
        ),
    )  # fmt: skip
    model = fit_model(data, settings or ModelSettings(affinity_customers=100))
    assert model is not None
    return model


def serve(model: Model) -> int:
    """Put a model in place and return its version."""
    content, now = to_bytes(model), utcnow()
    with writing() as session:
        version = ModelVersion(
            status=ACTIVE, basis=model.basis, trained_at=now, trained_by="tests", customers=0, impressions=0,
            acceptances=0, products=len(model.products), seconds=0.0, settings={}, metrics={}, sha256=digest(content),
            size=len(content), artefact=content,
        )  # fmt: skip
        session.add(version)
        session.flush()
        held_settings(session).active_model = version.version
        return version.version


def _flat(features: dict[str, Any]) -> dict[str, Any]:
    usage = features.get("usage")
    return {} if usage is None else {"usage.data_mb": usage["data_mb"], "usage": None}
