"""The checks of eligibility: each asks one question about a product and a customer, and says the answer in words.

A dimension that the product restricts and the caller gave nothing for is unknown: never read as zero, never as yes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.outcome import Outcome, all_of
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.rule_judging import judge


class EligibleProduct(Protocol):
    """What eligibility reads of a product; the model satisfies it, and so does any record with these fields."""

    @property
    def id(self) -> int: ...
    @property
    def external_system(self) -> str: ...
    @property
    def lifecycle_status(self) -> str: ...
    @property
    def deleted_at(self) -> datetime | None: ...
    @property
    def field_locks(self) -> Mapping[str, Any]: ...
    @property
    def is_available(self) -> bool: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_to(self) -> datetime | None: ...
    @property
    def missing_since(self) -> datetime | None: ...
    @property
    def quota_left(self) -> int | None: ...
    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def payment_mode(self) -> str: ...
    @property
    def min_customer_value(self) -> Decimal | None: ...
    @property
    def max_customer_value(self) -> Decimal | None: ...
    @property
    def target_segments(self) -> Sequence[str]: ...
    @property
    def exclude_segments(self) -> Sequence[str]: ...
    @property
    def relations(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def points_price(self) -> int | None: ...
    @property
    def max_per_customer(self) -> int | None: ...
    @property
    def cooldown_days(self) -> int | None: ...
    @property
    def eligibility_rule(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class Reason:
    """The result of one check: a stable code, the field that ruled, and a sentence with the values."""

    code: str
    rule: str
    message: str
    outcome: Outcome


@dataclass(frozen=True)
class Question:
    """Who is offered what, when, and over which channel; None is a channel that was not given."""

    product: EligibleProduct
    customer: CustomerFeatures
    now: datetime
    channel: str | None


def _lifecycle(question: Question) -> Reason:
    product = question.product
    if product.deleted_at is not None:
        return Reason("lifecycle", "deleted_at", "lifecycle_status: the product is deleted", Outcome.NO)
    if "theirs" in product.field_locks.get("lifecycle_status", {}):
        # A person says one thing and the source another: nobody is offered the product until that is settled.
        return Reason("lifecycle", "field_locks", "lifecycle_status: held until its conflict is settled", Outcome.NO)
    launched = product.lifecycle_status == "launched"
    words = "launched" if launched else f"{product.lifecycle_status} is not launched"
    return Reason("lifecycle", "lifecycle_status", f"lifecycle_status: {words}", Outcome.of(launched))


def _switch(question: Question) -> Reason:
    is_on = question.product.is_available
    return Reason("switch", "is_available", f"is_available: switched {'on' if is_on else 'off'}", Outcome.of(is_on))


def _window(question: Question) -> Reason:
    product, now = question.product, question.now
    if product.valid_from is not None and now < product.valid_from:
        message = f"valid_from: begins {_moment(product.valid_from)}"
        return Reason("window", "valid_from", message, Outcome.NO)
    if product.valid_to is not None and now >= product.valid_to:
        return Reason("window", "valid_to", f"valid_to: ended {_moment(product.valid_to)}", Outcome.NO)
    return Reason("window", "valid_to", "valid_from, valid_to: inside the window", Outcome.YES)


def _missing(question: Question) -> Reason:
    since = question.product.missing_since
    words = "present at its source" if since is None else f"gone from its source since {_moment(since)}"
    return Reason("missing", "missing_since", f"missing_since: {words}", Outcome.of(since is None))


def _quota(question: Question) -> Reason:
    left = question.product.quota_left
    words = "no quota" if left is None else f"{left} left"
    return Reason("quota", "quota_left", f"quota_left: {words}", Outcome.of(left is None or left > 0))


def _channel(question: Question) -> Reason:
    allowed, channel = question.product.channels, question.channel
    if not allowed:
        return _unrestricted("channel", "channels")
    if channel is None:
        return _not_given("channel", "channels", "channel")
    words = f"{channel} is {'one' if channel in allowed else 'none'} of {', '.join(allowed)}"
    return Reason("channel", "channels", f"channels: {words}", Outcome.of(channel in allowed))


def _payment_mode(question: Question) -> Reason:
    wanted, mode = question.product.payment_mode, question.customer.payment_mode
    if wanted == "any":
        return _unrestricted("payment_mode", "payment_mode")
    if mode is None:
        return _not_given("payment_mode", "payment_mode", "payment_mode")
    words = wanted if mode == wanted else f"{mode} is not {wanted}"
    return Reason("payment_mode", "payment_mode", f"payment_mode: {words}", Outcome.of(mode == wanted))


def _customer_value(question: Question) -> Reason:
    low, high = question.product.min_customer_value, question.product.max_customer_value
    value = question.customer.customer_value
    code = "customer_value"
    if low is None and high is None:
        return _unrestricted(code, "min_customer_value")
    rule = "min_customer_value" if low is not None else "max_customer_value"
    if value is None:
        return _not_given(code, rule, "customer_value")
    if low is not None and value < low:
        message = f"min_customer_value: {_number(value)} is below {_number(low)}"
        return Reason(code, "min_customer_value", message, Outcome.NO)
    if high is not None and value > high:
        message = f"max_customer_value: {_number(value)} is above {_number(high)}"
        return Reason(code, "max_customer_value", message, Outcome.NO)
    return Reason(code, rule, f"customer_value: {_number(value)} is inside the bounds", Outcome.YES)


def _segments(question: Question) -> Reason:
    targets, excluded = set(question.product.target_segments), set(question.product.exclude_segments)
    segments = question.customer.segments
    rule = "target_segments" if targets or not excluded else "exclude_segments"
    if not targets and not excluded:
        return _unrestricted("segments", rule)
    if segments is None:
        return _not_given("segments", rule, "segments")
    if against := excluded & segments:
        message = f"exclude_segments: {_listed(against)} is excluded"
        return Reason("segments", "exclude_segments", message, Outcome.NO)
    if targets and not targets & segments:
        message = f"target_segments: {_listed(segments) or 'no segment'} is none of {_listed(targets)}"
        return Reason("segments", rule, message, Outcome.NO)
    words = f"{_listed(targets & segments)} is targeted" if targets else "no excluded segment"
    return Reason("segments", rule, f"{rule}: {words}", Outcome.YES)


def _relations(question: Question) -> Reason:
    product, owned = question.product, question.customer.owned
    restricting = [entry for entry in product.relations if entry["relation"] in ("requires", "excludes")]
    if not restricting:
        return _unrestricted("relations", "relations")
    if owned is None:
        return _not_given("relations", "relations", "owned")
    results = [
        _relation(str(entry["relation"]), product_named(product, entry["product"]), owned) for entry in restricting
    ]
    outcome = all_of(result for result, _ in results)
    words = "; ".join(text for result, text in results if result is outcome)
    return Reason("relations", "relations", f"relations: {words}", outcome)


def _relation(relation: str, product: int | ProductKey, owned: Owned) -> tuple[Outcome, str]:
    name = str(product) if isinstance(product, int) else ":".join(product)
    found = owned.has(product)
    words = {Outcome.YES: "owned", Outcome.NO: "not owned", Outcome.UNKNOWN: "not known to be owned"}[found]
    return found if relation == "requires" else found.negated(), f"{relation} {name}, which is {words}"


def product_named(product: EligibleProduct, named: Any) -> int | ProductKey:
    """Return the product that a relation names: by id, by external id in the same system, or by (system, external id)."""
    if isinstance(named, int):
        return named
    if isinstance(named, str):
        return product.external_system, named
    system, external_id = named
    return str(system), str(external_id)


def _points(question: Question) -> Reason:
    price, points = question.product.points_price, question.customer.points
    if not price:
        return _unrestricted("points", "points_price")
    if points is None:
        return _not_given("points", "points_price", "points")
    words = f"{points} of {price} points" if points >= price else f"{points} is below {price}"
    return Reason("points", "points_price", f"points_price: {words}", Outcome.of(points >= price))


def _limit(question: Question) -> Reason:
    limit, taken = question.product.max_per_customer, question.customer.times_taken
    if limit is None:
        return _unrestricted("limit", "max_per_customer")
    if taken is None:
        return _not_given("limit", "max_per_customer", "times_taken")
    count = taken.get(question.product.id, 0)
    message = f"max_per_customer: taken {count} of {limit} times"
    return Reason("limit", "max_per_customer", message, Outcome.of(count < limit))


def _cooldown(question: Question) -> Reason:
    days, offered = question.product.cooldown_days, question.customer.last_offered
    if not days:
        return _unrestricted("cooldown", "cooldown_days")
    if offered is None:
        return _not_given("cooldown", "cooldown_days", "last_offered")
    last = offered.get(question.product.id)
    if last is None:
        return Reason("cooldown", "cooldown_days", "cooldown_days: not offered before", Outcome.YES)
    message = f"cooldown_days: offered {_moment(last)}, {days} days must pass"
    return Reason("cooldown", "cooldown_days", message, Outcome.of(question.now - last >= timedelta(days=days)))


def _rule(question: Question) -> Reason:
    rule = question.product.eligibility_rule
    if not rule:
        return _unrestricted("rule", "eligibility_rule")
    judged = judge(rule, question.customer.facts)
    return Reason("rule", "eligibility_rule", f"eligibility_rule: {judged.words}", judged.outcome)


def _unrestricted(code: str, rule: str) -> Reason:
    return Reason(code, rule, f"{rule}: no restriction", Outcome.YES)


def _not_given(code: str, rule: str, dimension: str) -> Reason:
    return Reason(code, rule, f"{dimension} not given", Outcome.UNKNOWN)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _number(value: Decimal) -> str:
    """Return an amount without the zeros that only the column adds."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _listed(words: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(words))


Check = Callable[[Question], Reason]

AVAILABILITY: tuple[Check, ...] = (_lifecycle, _switch, _window, _missing, _quota)
CHECKS: tuple[Check, ...] = (
    *AVAILABILITY,
    _channel,
    _payment_mode,
    _customer_value,
    _segments,
    _relations,
    _points,
    _limit,
    _cooldown,
    _rule,
)
