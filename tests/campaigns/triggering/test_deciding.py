"""The decision on one item: what is asked, in which order, and under which code each answer is known."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog_app.campaigns.models import CONTROL, HELD, REFUSED, WAITING, Campaign
from catalog_app.campaigns.triggering.control import is_held_out
from catalog_app.campaigns.triggering.deciding import Deciding, Decision
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.offering import Offering, Terms
from catalog_app.campaigns.triggering.withdrawal import Followed
from catalog_app.contacts.history import Choice, History
from catalog_app.contacts.policy import Cap, Policy
from catalog_app.products.models import Product
from tests.products.factories import NOW, product

CUSTOMER = "0123456789abcdef0123456789abcdef"
YESTERDAY = NOW - timedelta(days=1)


@dataclass
class Case:
    """Everything a decision hangs on; as it is made, the answer is a promise."""

    campaign: dict[str, Any] = field(default_factory=dict)
    product: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=lambda: {"customer_value": 100, "segments": ["mass"]})
    history: History = field(default_factory=History)
    policy: Policy = field(default_factory=Policy)
    item: dict[str, Any] = field(default_factory=dict)
    withdrawal: Followed | None = None

    def decide(self) -> Decision:
        offered = product(id=7, version=1, **self.product)
        terms = () if self.withdrawal else (Terms(offered, self.config),)
        offering = Offering(terms, {7: offered}, self.withdrawal)
        sent = {"key": "k", "customer_id": "c", "customer_features": self.features, **self.item}
        deciding = Deciding(campaign(**self.campaign), offering, self.policy, NOW)
        return deciding.decide(TriggerItem.of(sent), CUSTOMER, self.history)


def campaign(**overrides: Any) -> Campaign:
    least = {
        "id": 3,
        "status": "active",
        "product_id": 7,
        "use_nbo": False,
        "audience": {},
        "channels": ["sms", "email"],
        "control_group_percent": Decimal(0),
        "on_withdrawal": "hold",
        "version": 1,
    }
    return Campaign(**{**least, **overrides})


def contacted(case: Case, **values: Any) -> None:
    case.history = replace(case.history, **values)


def _not_active(case: Case) -> None:
    case.campaign["status"] = "paused"


def _not_started(case: Case) -> None:
    case.campaign["starts_at"] = NOW + timedelta(hours=1)


def _ended(case: Case) -> None:
    case.campaign["ends_at"] = NOW


def _invalid(case: Case) -> None:
    case.item["time_zone"] = "Asia/Atlantis"


def _outside(case: Case) -> None:
    case.campaign["audience"] = {"segments": ["premium"]}


def _channel(case: Case) -> None:
    case.item["channel"] = "push"


def _opted_out(case: Case) -> None:
    contacted(case, choices={"*": Choice("out", YESTERDAY)})


def _no_consent(case: Case) -> None:
    case.policy = replace(case.policy, consent_channels=frozenset({"sms", "email"}))


def _customer_limit(case: Case) -> None:
    case.campaign["limit_per_customer"] = 1
    contacted(case, in_campaign=1)


def _cooldown(case: Case) -> None:
    case.campaign["cooldown_days"] = 7
    contacted(case, last_in_campaign=YESTERDAY)


def _declined(case: Case) -> None:
    case.campaign["decline_days"] = 30
    contacted(case, last_declined={7: YESTERDAY})


def _capped(case: Case) -> None:
    case.policy = replace(case.policy, caps=(Cap(None, 1, 7),))
    contacted(case, recent=(("push", YESTERDAY),))


def _payment(case: Case) -> None:
    case.product["payment_mode"] = "postpaid"
    case.features["payment_mode"] = "prepaid"


def _too_rich(case: Case) -> None:
    case.product["max_customer_value"] = "50"


def _excluded(case: Case) -> None:
    case.product["exclude_segments"] = ["mass"]


def _untold(case: Case) -> None:
    case.product["points_price"] = 100


def _offer_over(case: Case) -> None:
    case.config["valid_to"] = YESTERDAY.isoformat()


def _in_control(case: Case) -> None:
    case.campaign["control_group_percent"] = Decimal(100)


ORDER: tuple[tuple[str, Callable[[Case], None]], ...] = (
    ("not_active", _not_active),
    ("not_started", _not_started),
    ("ended", _ended),
    ("invalid_features", _invalid),
    ("audience", _outside),
    ("channel", _channel),
    ("opted_out", _opted_out),
    ("no_consent", _no_consent),
    ("customer_limit", _customer_limit),
    ("cooldown", _cooldown),
    ("declined", _declined),
    ("contact_cap", _capped),
    ("payment_mode", _payment),
    ("customer_value", _too_rich),
    ("segments", _excluded),
    ("points", _untold),
    ("offer_over", _offer_over),
    ("control", _in_control),
)


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[code for code, _ in ORDER])
def test_of_everything_that_speaks_against_an_item_the_first_in_the_order_is_told(place: int) -> None:
    case = Case()
    for _, break_it in ORDER[place:]:
        break_it(case)

    decided = case.decide()

    assert decided.reasons[0]["code"] == ORDER[place][0]
    assert decided.status == (CONTROL if ORDER[place][0] == "control" else REFUSED)


@pytest.mark.parametrize(("code", "break_it"), ORDER, ids=[code for code, _ in ORDER])
def test_each_check_alone_speaks_against_an_item(code: str, break_it: Callable[[Case], None]) -> None:
    case = Case()
    break_it(case)

    assert [reason["code"] for reason in case.decide().reasons] == [code]


def test_an_item_that_nothing_speaks_against_is_promised_over_the_first_channel() -> None:
    decided = Case().decide()

    assert (decided.status, decided.channel, decided.reasons) == (WAITING, "sms", ())


def test_what_was_not_told_refuses_and_says_so() -> None:
    case = Case(product={"points_price": 100})

    (reason,) = case.decide().reasons

    assert reason == {"code": "points", "rule": "points_price", "message": "points not given", "outcome": "unknown"}


def _for_email_only(case: Case) -> None:
    case.product["channels"] = ["email"]


def _out_of_sms(case: Case) -> None:
    contacted(case, choices={"sms": Choice("out", YESTERDAY)})


def _sms_by_consent(case: Case) -> None:
    case.policy = Policy(consent_channels=frozenset({"sms"}))


def _sms_capped(case: Case) -> None:
    case.policy = Policy(caps=(Cap("sms", 1, 7),))
    contacted(case, recent=(("sms", YESTERDAY),))


@pytest.mark.parametrize("change", [_for_email_only, _out_of_sms, _sms_by_consent, _sms_capped])
def test_a_channel_that_nobody_named_is_the_first_that_is_permitted(change: Callable[[Case], None]) -> None:
    case = Case()
    change(case)

    decided = case.decide()

    assert (decided.status, decided.channel) == (WAITING, "email")


@pytest.mark.parametrize(("policy", "status"), [("hold", HELD), ("successor", HELD), ("stop", REFUSED)])
def test_what_cannot_be_offered_waits_unless_the_campaign_stops(policy: str, status: str) -> None:
    decided = Case(withdrawal=Followed(policy, "retired", 7)).decide()

    assert decided.status == status
    assert [reason["code"] for reason in decided.reasons] == ["retired", "withdrawal"]


def test_quiet_hours_do_not_refuse_but_let_the_message_wait_in_the_customers_zone() -> None:
    # It is 15:00 in Riyadh, and 21:00 in Tokyo.
    case = Case(campaign={"quiet_from": "20:00", "quiet_to": "08:00"})

    assert case.decide().not_before is None
    case.item["time_zone"] = "Asia/Tokyo"
    assert case.decide().not_before == datetime.fromisoformat("2026-06-01T23:00:00Z")


def test_what_would_go_out_after_the_end_of_its_offer_is_not_promised() -> None:
    case = Case(campaign={"quiet_from": "11:00", "quiet_to": "18:00"})
    case.product["valid_to"] = case.decide().not_before

    decided = case.decide()

    assert (decided.status, [reason["code"] for reason in decided.reasons]) == (REFUSED, ["offer_over"])
    case.product["valid_to"] += timedelta(seconds=1)
    assert case.decide().status == WAITING


def test_of_several_candidates_the_first_that_the_customer_may_have_is_promised() -> None:
    dear, cheap = product(id=1, version=1, max_customer_value="50"), product(id=2, version=1)
    offering = Offering((Terms(dear, {}), Terms(cheap, {})), {1: dear, 2: cheap})
    deciding = Deciding(campaign(product_id=None, use_nbo=True, decline_days=30), offering, Policy(), NOW)
    told = TriggerItem.of({"key": "k", "customer_id": "c", "customer_features": {"customer_value": 100}})

    decided = deciding.decide(told, CUSTOMER, History())
    again = deciding.decide(told, CUSTOMER, History(last_declined={2: YESTERDAY}))

    assert _promised(decided) is cheap
    assert again.status == REFUSED
    assert [reason["code"] for reason in again.reasons] == ["customer_value"]


def test_a_tenth_of_all_customers_is_held_out_and_always_the_same() -> None:
    customers = [f"{number:032x}" for number in range(20_000)]

    held_out = {customer for customer in customers if is_held_out(customer, 3, Decimal(10))}

    assert 0.09 < len(held_out) / len(customers) < 0.11
    assert held_out == {customer for customer in customers if is_held_out(customer, 3, Decimal(10))}
    assert held_out < {customer for customer in customers if is_held_out(customer, 3, Decimal(20))}
    elsewhere = {customer for customer in customers if is_held_out(customer, 4, Decimal(10))}
    assert 0.05 < len(held_out & elsewhere) / len(held_out) < 0.15


def _promised(decided: Decision) -> Product:
    assert decided.status == WAITING
    assert decided.terms is not None
    return decided.terms.product
