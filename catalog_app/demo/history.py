"""What was offered in the demo before it began, and what customers answered: drawn from the model of customers.py.

For ten weeks another system offered whatever came up, and its log was loaded. A model was learned from that. For the
last three weeks this service decided, with a little left to chance, and the model was learned anew: so the pages have
decisions, two versions, and an evaluation that can be laid beside the truth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import bindparam, update

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.wiring import settings
from catalog_app.demo.campaigns import APPROVER
from catalog_app.demo.curation import ACTOR
from catalog_app.demo.customers import Offered, Somebody, holdings, somebody, would_accept
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.models import Product
from catalog_app.products.owned import owned_from
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.decisions.asked import Asked, Decided
from catalog_app.recommendations.feedback.events import MAX_EVENTS, Told
from catalog_app.recommendations.feedback.recording import record
from catalog_app.recommendations.models import ACCEPTED, CLICKED, DECLINED, SHOWN, Decision, ModelVersion
from catalog_app.recommendations.schema import NboSettingsInput
from catalog_app.recommendations.service import decide
from catalog_app.recommendations.settings import save_settings
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.recommendations.training.versions import ModelService

ENGINE: Final = "token:Offer engine"
CUSTOMERS: Final = 900
OFFERS_OF_OTHERS: Final = 6
"""So many offers of the former system each customer got."""
DECISIONS: Final = 800
BEGAN, TOOK_OVER = timedelta(days=91), timedelta(days=21)
COMPONENTS: Final = "Components"
CLICKS, DECLINES = 0.12, 0.1
ANSWERED_WITHIN: Final = timedelta(hours=30)
CHANNEL: Final = "app"
CONTEXTS: Final = (
    {"key": "bill_day", "label": "Bill day", "weights": [{"category": "Roaming", "weight": 0.8}, {"product_type": "bundle", "weight": 1.2}]},
    {"key": "top_up", "label": "Top-up", "weights": [{"product_type": "data", "weight": 1.3}, {"product_type": "device", "weight": 0.6}]},
    {"key": "trip_booked", "label": "Trip booked", "weights": [{"category": "Roaming", "weight": 2}]},
)  # fmt: skip
SLATE: Final = (
    "PO-10254", "PO-10245", "PO-10249", "PO-10482", "PO-10610", "PO-10705", "PO-10902", "PO-11101", "PO-11106", "PO-11204",
    "PO-11251", "PO-11301", "PO-11303", "PO-11602",
)  # fmt: skip
"""What marketing let the app choose from, so that each was offered often enough to be judged."""
EXPLORED: Final = 0.3
SETTINGS: Final[Mapping[str, Any]] = {
    "contexts": list(CONTEXTS),
    "repeatable_types": ["voucher"],
    "attribution_days": 7,
}


@dataclass(frozen=True)
class _Catalogue:
    """What can be offered in the demo, as customers see it and as the rules see it."""

    offered: Mapping[int, Offered]
    products: Mapping[int, Product]

    @classmethod
    def read(cls) -> "_Catalogue":
        query = ProductCatalogService().query().where(Product.lifecycle_status == "launched").order_by(Product.id)
        found = [product for product in db.session().scalars(query) if product.category != COMPONENTS]
        base = settings().base_currency
        offered = {
            one.id: Offered.of(
                one.id, one.external_product_id, one.category, _price(one) if one.currency == base else 0.0
            )
            for one in found
        }
        return cls(offered, {one.id: one for one in found})

    def kinds(self, customer: Somebody) -> frozenset[str]:
        return frozenset(self.offered[number].kind for number in customer.owned)


def give_history() -> None:
    """Load the log of the former system, learn, decide for three weeks, load what came of that, and learn anew."""
    now, catalogue = utcnow(), _Catalogue.read()
    everything = list(catalogue.offered.values())
    customers = [one.holding(holdings(one, everything)) for one in map(somebody, range(CUSTOMERS))]
    _load(_of_others(customers, catalogue, now))
    _learn(now - TOOK_OVER)
    save_settings(_settings(explores=True), expected_version=None, actor=ACTOR)
    _load(_of_ours(customers, catalogue, now))
    second = _learn(now)
    if second is not None:
        # Too little was left to chance to compare the two by what they are worth: a person looked at its charts.
        ModelService().activate(second, actor=APPROVER)
    save_settings(_settings(explores=False), expected_version=None, actor=ACTOR)


def _settings(*, explores: bool) -> NboSettingsInput:
    return NboSettingsInput.check(
        {**SETTINGS, "exploration": {"on": explores, "epsilon": EXPLORED if explores else 0.05}}
    )


def _price(product: Product) -> float:
    return float(product.price or 0)


def _of_others(customers: Sequence[Somebody], catalogue: _Catalogue, now: datetime) -> Iterator[Told]:
    """Yield what the former system offered, and the answers."""
    chance = Random(91)  # noqa: S311  # every demo looks alike
    numbers = list(catalogue.offered)
    for customer in customers:
        known = _as_rules_see(customer)
        for turn in range(OFFERS_OF_OTHERS):
            product = next(_allowed(chance, numbers, known, catalogue, now), None)
            if product is not None:
                at = now - BEGAN + (BEGAN - TOOK_OVER) * ((turn + chance.random()) / OFFERS_OF_OTHERS)
                yield from _told(_Shown(customer, product, at, f"{turn}"), catalogue, chance)


def _allowed(
    chance: Random, numbers: Sequence[int], known: CustomerFeatures, catalogue: _Catalogue, now: datetime
) -> Iterator[int]:
    """Yield products that the rules allow, in any order."""
    for number in chance.sample(numbers, min(40, len(numbers))):
        if eligibility(catalogue.products[number], known, now, CHANNEL).outcome == "yes":
            yield number


def _of_ours(customers: Sequence[Somebody], catalogue: _Catalogue, now: datetime) -> Iterator[Told]:
    """Decide for customers as they come by, put the decisions where they would have been, and yield the answers."""
    chance = Random(21)  # noqa: S311
    chosen = chance.sample(list(customers), DECISIONS)
    slate = [number for number, one in catalogue.products.items() if one.external_product_id in SLATE]
    decided = [(one, decide(_asked(one, slate, chance), actor=ENGINE)) for one in chosen]
    moments = _moved(decided, now, chance)
    for customer, decision in decided:
        if decision.offers and decision.decision_id is not None:
            first, at = decision.offers[0].product_id, moments[decision.decision_id]
            shown = _Shown(customer, first, at, f"d{decision.decision_id}", decision.decision_id)
            yield from _told(shown, catalogue, chance)


def _asked(customer: Somebody, slate: Sequence[int], chance: Random) -> Asked:
    context = chance.choice((None, *(one["key"] for one in CONTEXTS)))
    return Asked(
        customer=_as_rules_see(customer),
        features=customer.features,
        customer_id=customer.customer_id,
        channel=CHANNEL,
        context=context if context is None else str(context),
        candidates=slate,
        limit=3,
    )


def _as_rules_see(customer: Somebody) -> CustomerFeatures:
    told = {**customer.features, "points": 0, "times_taken": {}, "last_offered": {}}
    return CustomerFeatures.of({**told, "owned": list(customer.owned)})


def _moved(decided: Sequence[tuple[Somebody, Decided]], now: datetime, chance: Random) -> dict[int, datetime]:
    """Move the decisions into the last three weeks, and the model they were made with before them."""
    numbers = sorted(one.decision_id for _, one in decided if one.decision_id is not None)
    moments = sorted(now - TOOK_OVER + (TOOK_OVER - ANSWERED_WITHIN) * chance.random() for _ in numbers)
    made = dict(zip(numbers, moments, strict=True))
    decisions, models = (table.metadata.tables[table.__tablename__] for table in (Decision, ModelVersion))
    move = update(decisions).where(decisions.c.id == bindparam("number")).values(decided_at=bindparam("at"))
    with writing() as session:
        connection = session.connection()
        connection.execute(move, [{"number": number, "at": at} for number, at in made.items()])
        connection.execute(update(models).values(trained_at=now - TOOK_OVER, activated_at=now - TOOK_OVER))
    return made


@dataclass(frozen=True)
class _Shown:
    """An offer that a customer saw."""

    customer: Somebody
    product: int
    at: datetime
    turn: str
    decision_id: int | None = None


def _told(shown: _Shown, catalogue: _Catalogue, chance: Random) -> Iterator[Told]:
    """Yield that the offer was shown, and what the customer did: as the model of customers.py has it."""
    yield _event(shown, SHOWN, shown.at)
    answered = shown.at + ANSWERED_WITHIN * chance.random()
    rolled = chance.random()
    product = catalogue.offered[shown.product]
    if rolled < would_accept(shown.customer, product, catalogue.kinds(shown.customer)):
        yield _event(shown, ACCEPTED, answered)
    elif rolled > 1 - DECLINES:
        yield _event(shown, DECLINED, answered)
    elif rolled > 1 - DECLINES - CLICKS:
        yield _event(shown, CLICKED, answered)


def _event(shown: _Shown, event: str, at: datetime) -> Told:
    customer = shown.customer
    return Told(
        event_id=f"{customer.customer_id}-{shown.turn}-{event}",
        customer_id=customer.customer_id,
        product_id=shown.product,
        event=event,
        at=at,
        channel=CHANNEL,
        decision_id=shown.decision_id,
        # What a decision was told stands with the decision.
        features=customer.features if shown.decision_id is None else None,
        owned=owned_from(list(customer.owned)) if shown.decision_id is None else None,
    )


def _load(events: Iterator[Told]) -> None:
    told = sorted(events, key=lambda one: one.at)
    for begin in range(0, len(told), MAX_EVENTS):
        record(told[begin : begin + MAX_EVENTS])


def _learn(until: datetime) -> int | None:
    """Learn from what happened before a moment, and return the version; None where that was too little."""
    trainings = TrainingService()
    return trainings.run_now(trainings.request(until=until, actor=ACTOR, enqueue=False).id).model_version
