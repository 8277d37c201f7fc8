"""Streams of feedback that models can learn from, made of a stated rule."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from catalog_app.recommendations.models import Training
from catalog_app.recommendations.training.service import TrainingService
from tests.recommendations.feedback.told import LONG_AGO, products, tell

HOUR: Final = timedelta(hours=1)


def stream(numbers: Sequence[int], customers: int = 400, *, begins: datetime = LONG_AGO) -> Iterator[dict[str, Any]]:
    """Yield what each customer was shown and took: those of 50 and more take the second product, few take another."""
    chance = Random(11)  # noqa: S311  # a history, no secret
    for number in range(customers):
        age, product = chance.randint(18, 80), chance.choice(numbers)
        taken = chance.random() < (0.7 if age >= 50 and product == numbers[1] else 0.15)
        moment = begins + number * HOUR
        common = {"customer_id": f"C-{number}", "product_id": product}
        features = {"age": age, "segments": ["family"] if number % 3 else [], "plan": {"kind": "prepaid"}}
        yield {
            **common, "event_id": f"s{number}", "event": "shown", "occurred_at": moment.isoformat(),
            "customer_features": features, "owned": [numbers[number % len(numbers)]],
        }  # fmt: skip
        if taken:
            when = (moment + timedelta(minutes=20)).isoformat()
            yield {**common, "event_id": f"a{number}", "event": "accepted", "occurred_at": when}


def told_stream(customers: int = 400) -> list[int]:
    """Tell the stream, and return the three products that it is about."""
    numbers = products(3)
    events = list(stream(numbers, customers))
    for start in range(0, len(events), 1_000):
        assert {one.status for one in tell(*events[start : start + 1_000])} == {"recorded"}
    return numbers


def trained(until: datetime | None = None, actor: str = "user:lina@operator.example") -> Training:
    """Train at once, and return what came of it."""
    service = TrainingService()
    return service.run_now(service.request(until=until, actor=actor, enqueue=False).id)
