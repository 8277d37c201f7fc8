"""Some weeks of offers and answers, told through the services, so that the pages of recommendations show something.

Small on purpose: models are learned of it in a moment. The demo has a long history (demo/history.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Product
from catalog_app.recommendations.decisions.asked import Asked, Decided
from catalog_app.recommendations.feedback.events import Told
from catalog_app.recommendations.feedback.recording import record
from catalog_app.recommendations.models import ACCEPTED, DECLINED, SHOWN
from catalog_app.recommendations.schema import NboSettingsInput
from catalog_app.recommendations.service import decide
from catalog_app.recommendations.settings import save_settings
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.recommendations.training.versions import ModelService

PRODUCTS: Final = 12
OFFERS: Final = 640
DECISIONS: Final = 60
MUCH_DATA: Final = 65
SOME: Final = 0.1
BEGAN: Final = timedelta(days=40)


@dataclass(frozen=True)
class Models:
    """The numbers of what there is to look at."""

    decision: int
    model: int
    other_model: int
    training: int


def recommend(*, actor: str, context: str = "Bill day", city: str = "Riyadh") -> Models:
    """Let customers be offered things, answer, and two models be learned of it."""
    now, chance = utcnow(), Random(7)  # noqa: S311  # a story, not a secret
    _set(actor, context, explores=True)
    live = Product.lifecycle_status == "launched"
    some = list(db.session.scalars(select(Product.id).where(live).order_by(Product.id).limit(PRODUCTS)))
    _load([told for number in range(OFFERS) for told in _offer(number, chance.choice(some), now, chance)])
    first = _learn(actor)
    decided = [_decide(number, city, actor) for number in range(DECISIONS)]
    _load([told for number, one in enumerate(decided) for told in _answer(number, one, chance)])
    second = _learn(actor)
    _set(actor, context, explores=False)
    before, model = (_model_of(number) for number in (first, second))
    # What the first decisions leave to chance may make either of them no better than chance.
    for version in (before, model):
        ModelService().activate(version, actor=actor)
    return Models(decided[0].decision_id or 0, model, before, second)


def _model_of(training_id: int) -> int:
    training = TrainingService().get(training_id)
    if training.model_version is None:
        raise LookupError(f"no model was learned: {training.outcome}")
    return training.model_version


def _set(actor: str, context: str, *, explores: bool) -> None:
    contexts = [
        {"key": "bill_day", "label": context, "weights": [{"product_type": "bundle", "weight": 1.2}]},
        {"key": "trip_booked", "label": "Trip booked", "weights": [{"category": "Roaming", "weight": 2}]},
    ]
    wanted = NboSettingsInput.check(
        {"contexts": contexts, "exploration": {"on": explores, "silent": 0.2, "uniform": 0.2}}
    )
    save_settings(wanted, expected_version=None, actor=actor)


def _features(number: int) -> dict[str, Any]:
    return {"data_used_percent": number * 37 % 100, "tenure_months": number % 60, "payment_mode": "postpaid"}


def _offer(number: int, product: int, now: datetime, chance: Random) -> list[Told]:
    """Return an offer of the former system, with the answer: who uses much data accepts far more often."""
    at = now - BEGAN + (BEGAN - timedelta(days=15)) * (number / OFFERS)
    customer, features = f"story-{number % 200}", _features(number % 200)
    likely = 0.35 if features["data_used_percent"] >= MUCH_DATA else 0.03
    event = ACCEPTED if chance.random() < likely else DECLINED if chance.random() < SOME else None
    told = [Told(f"story-{number}", customer, product, SHOWN, at, "app", features=features)]
    return told + (
        [Told(f"story-{number}-a", customer, product, event, at + timedelta(hours=3), "app")] if event else []
    )


def _decide(number: int, city: str, actor: str) -> Decided:
    features = _features(number) | {"city": city}
    asked = Asked(
        customer=CustomerFeatures.of({"segments": [], "owned": [], "points": 0, "customer_value": 300, **features}),
        features=features,
        customer_id=f"story-{number}",
        channel="app",
        context=("bill_day", "trip_booked", None)[number % 3],
        limit=3,
    )
    return decide(asked, actor=actor)


def _answer(number: int, decided: Decided, chance: Random) -> list[Told]:
    """Return that the first offer was seen, and what one in five said."""
    if not decided.offers or decided.decision_id is None:
        return []
    of, product, at = decided.decision_id, decided.offers[0].product_id, decided.decided_at
    told = [Told(f"story-d{number}", f"story-{number}", product, SHOWN, at, "app", of)]
    if chance.random() < 2 * SOME:
        told.append(Told(f"story-d{number}-a", f"story-{number}", product, ACCEPTED, at, "app", of))
    return told


def _load(events: list[Told]) -> None:
    for begin in range(0, len(events), 1_000):
        record(events[begin : begin + 1_000])


def _learn(actor: str) -> int:
    trainings = TrainingService()
    return trainings.run_now(trainings.request(actor=actor, enqueue=False).id).id
