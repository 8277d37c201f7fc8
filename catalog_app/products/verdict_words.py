"""The reasons of a verdict as people read them on a page: no field names, labels for whatever has one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from catalog_app.products.checks import AVAILABILITY, Reason
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict
from catalog_app.products.formatting import day_and_time, number, since_day
from catalog_app.products.labels import check_label, term, terms
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import Reference, References
from catalog_app.products.rule_words import judged_text

_NOT_TOLD = lazy_gettext("not told")
_ASK: Mapping[str, Any] = {
    "channel": lazy_gettext("Choose a channel"),
    "payment_mode": lazy_gettext("Say how the customer pays"),
    "customer_value": lazy_gettext("Tell the customer value"),
    "segments": lazy_gettext("Tell the segments"),
    "relations": lazy_gettext("Tell what the customer owns"),
    "points": lazy_gettext("Tell the points"),
    "limit": lazy_gettext("How often it was taken is not told"),
    "cooldown": lazy_gettext("When it was last offered is not told"),
}
_UNRESTRICTED = ("no restriction", "no quota")


@dataclass(frozen=True)
class CheckLine:
    """One line under a verdict: what was checked, how it went, and the values behind it."""

    label: str
    text: str
    outcome: Outcome


@dataclass(frozen=True)
class VerdictWords:
    """Says the verdict on one product and one customer. `segments` are labels by key."""

    product: Product
    segments: Mapping[str, str]
    named: References
    now: datetime
    customer: CustomerFeatures
    channel: str | None = None

    def lines(self, verdict: Verdict) -> tuple[CheckLine, ...]:
        """Return the checks in their fixed order; what the product does not ask has no line.

        Whether it is on sale at all is one line as long as nothing speaks against it.
        """
        on_sale, others = verdict.checks[: len(AVAILABILITY)], verdict.checks[len(AVAILABILITY) :]
        asked = [check for check in others if _restricts(check)]
        if all(check.outcome is Outcome.YES for check in on_sale):
            return (CheckLine(gettext("Status and window"), self._on_sale(), Outcome.YES), *map(self._line, asked))
        return tuple(map(self._line, [*(check for check in on_sale if _restricts(check)), *asked]))

    def headline(self, verdict: Verdict) -> str:
        """Return what decides, as a sentence; nothing where the answer is yes."""
        deciding = next((check for check in verdict.checks if check.outcome is verdict.outcome), None)
        return "" if verdict.outcome is Outcome.YES or deciding is None else self.sentence(deciding)

    def sentence(self, reason: Reason) -> str:
        """Return what a check that did not say yes found: "Customer value 1,200 is above 1,000"."""
        if reason.outcome is Outcome.UNKNOWN and reason.code in _ASK:
            return str(_ASK[reason.code])
        return _SENTENCES[reason.code](self, reason)

    def said(self, reason: Reason) -> str:
        """Return the values behind a check in a few words, to stand beside its name."""
        if reason.outcome is Outcome.UNKNOWN and reason.code in _ASK:
            return str(_NOT_TOLD)
        return _SHORT.get(reason.code, _SENTENCES[reason.code])(self, reason)

    def _line(self, check: Reason) -> CheckLine:
        return CheckLine(check_label(check.code), self.said(check), check.outcome)

    def _on_sale(self) -> str:
        status, end = term(self.product.lifecycle_status).lower(), self.product.valid_to
        return gettext("%(status)s, until %(end)s", status=status, end=since_day(end, self.now)) if end else status

    def _status(self, reason: Reason) -> str:
        if reason.rule == "deleted_at":
            return str(gettext("It is deleted"))
        if reason.rule == "field_locks":
            return str(gettext("Held until its conflict is settled"))
        return str(gettext("It is not on sale: %(status)s", status=term(self.product.lifecycle_status).lower()))

    def _status_short(self, reason: Reason) -> str:
        return str(gettext("in conflict")) if reason.rule == "field_locks" else term(self.product.lifecycle_status)

    def _switch(self, reason: Reason) -> str:
        is_on = reason.outcome is Outcome.YES
        return str(gettext("It may be bought") if is_on else gettext("It may not be bought: switched off"))

    def _switch_short(self, reason: Reason) -> str:
        return str(gettext("switched on") if reason.outcome is Outcome.YES else gettext("switched off"))

    def _missing(self, _reason: Reason) -> str:
        since = self.product.missing_since
        if since is None:
            return str(gettext("still listed"))
        return str(gettext("Missing at its source since %(day)s", day=since_day(since, self.now)))

    def _window(self, _reason: Reason) -> str:
        start, end = self.product.valid_from, self.product.valid_to
        if start and self.now < start:
            return str(gettext("It begins %(start)s", start=day_and_time(start)))
        if end is None:
            return str(gettext("without an end"))
        until = {"end": day_and_time(end)}
        return str(gettext("until %(end)s", **until) if self.now < end else gettext("It ended %(end)s", **until))

    def _quota(self, _reason: Reason) -> str:
        left = self.product.quota_left or 0
        return str(gettext("%(left)s left", left=number(left)) if left else gettext("The quota is used up"))

    def _channel(self, reason: Reason) -> str:
        if reason.outcome is Outcome.YES:
            return str(gettext("%(channel)s is allowed", channel=term(self.channel or "")))
        told = {"channel": term(self.channel or ""), "allowed": terms(self.product.channels)}
        return str(gettext("%(channel)s is not allowed, only %(allowed)s", **told))

    def _channel_short(self, reason: Reason) -> str:
        if reason.outcome is Outcome.YES:
            return self._channel(reason)
        return str(gettext("%(allowed)s only", allowed=terms(self.product.channels)))

    def _payment_mode(self, reason: Reason) -> str:
        wanted = term(self.product.payment_mode)
        if reason.outcome is Outcome.YES:
            return wanted
        pays = term(self.customer.payment_mode or "")
        return str(gettext("It is for %(wanted)s, the customer is %(pays)s", wanted=wanted.lower(), pays=pays.lower()))

    def _payment_mode_short(self, reason: Reason) -> str:
        wanted = term(self.product.payment_mode)
        return wanted if reason.outcome is Outcome.YES else str(gettext("%(wanted)s only", wanted=wanted))

    def _value(self, _reason: Reason) -> str:
        low, high, value = self.product.min_customer_value, self.product.max_customer_value, self._customer_value()
        if low is not None and self.customer.customer_value is not None and self.customer.customer_value < low:
            return str(gettext("Customer value %(value)s is below %(low)s", value=value, low=number(low)))
        return str(gettext("Customer value %(value)s is above %(high)s", value=value, high=number(high or 0)))

    def _value_short(self, _reason: Reason) -> str:
        low, high = self.product.min_customer_value, self.product.max_customer_value
        if low is not None and high is not None:
            return str(gettext("%(low)s to %(high)s", low=number(low), high=number(high)))
        if low is not None:
            return str(gettext("%(low)s and above", low=number(low)))
        return str(gettext("up to %(high)s", high=number(high or 0)))

    def _customer_value(self) -> str:
        value = self.customer.customer_value
        return "" if value is None else number(value)

    def _segments(self, reason: Reason) -> str:
        mine, targets = self.customer.segments or frozenset(), self.product.target_segments
        if against := mine.intersection(self.product.exclude_segments):
            return str(gettext("%(segments)s is left out", segments=self._labels(against)))
        if reason.outcome is Outcome.NO:
            return str(gettext("The customer is not in %(segments)s", segments=self._labels(targets, gettext(" or "))))
        if not targets:
            return str(gettext("not in %(segments)s", segments=self._labels(self.product.exclude_segments)))
        shared = [key for key in targets if key in mine]
        words = ngettext("%(segments)s matches", "%(segments)s match", len(shared), segments=self._labels(shared))
        return str(words)

    def _segments_short(self, reason: Reason) -> str:
        is_missing = reason.outcome is Outcome.NO and reason.rule == "target_segments"
        return self._labels(self.product.target_segments) if is_missing else self._segments(reason)

    def _labels(self, keys: Any, between: str = ", ") -> str:
        return between.join(self.segments.get(key, key) for key in keys)

    def _relations(self, reason: Reason) -> str:
        restricting = self._restricting()
        if reason.outcome is Outcome.YES:
            return self._relations_hold(restricting)
        against = [(kind, one) for kind, one in restricting if self._owns(one) is not (kind == "requires")]
        kind, one = against[0] if against else restricting[0]
        name = {"name": one.name}
        if kind == "requires":
            return str(gettext("It requires %(name)s, which the customer does not own", **name))
        return str(gettext("The customer owns %(name)s, which it excludes", **name))

    def _relations_hold(self, restricting: Sequence[tuple[str, Reference]]) -> str:
        excluded = sum(kind == "excludes" for kind, _ in restricting)
        if excluded == len(restricting):
            return str(
                ngettext(
                    "owns not the excluded product",
                    "owns none of %(num)d excluded products",
                    excluded,
                )
            )
        return str(
            gettext("owns %(names)s", names=", ".join(one.name for kind, one in restricting if kind == "requires"))
        )

    def _restricting(self) -> list[tuple[str, Reference]]:
        pairs = zip(self.product.relations, self.named.relations, strict=True)
        return [(entry["relation"], one) for entry, one in pairs if entry["relation"] in ("requires", "excludes")]

    def _owns(self, one: Reference) -> bool:
        owned = self.customer.owned
        if owned is None:
            return False
        system, colon, external_id = one.key.partition(":")
        key: int | tuple[str, str] = (system, external_id) if colon else int(one.key)
        return owned.has(key) is Outcome.YES or (one.id is not None and owned.has(one.id) is Outcome.YES)

    def _points(self, reason: Reason) -> str:
        points, price = number(self.customer.points or 0), number(self.product.points_price or 0)
        if reason.outcome is Outcome.YES:
            return str(gettext("%(points)s of %(price)s", points=points, price=price))
        return str(gettext("%(points)s points are below %(price)s", points=points, price=price))

    def _limit(self, _reason: Reason) -> str:
        taken = (self.customer.times_taken or {}).get(self.product.id, 0)
        return str(gettext("taken %(taken)s of %(most)s times", taken=taken, most=self.product.max_per_customer or 0))

    def _cooldown(self, reason: Reason) -> str:
        last = (self.customer.last_offered or {}).get(self.product.id)
        if last is None:
            return str(gettext("not offered before"))
        told = {"day": since_day(last, self.now), "days": self.product.cooldown_days or 0}
        if reason.outcome is Outcome.YES:
            return str(gettext("last offered %(day)s", **told))
        return str(gettext("Offered %(day)s, %(days)s days must pass", **told))

    def _rule(self, _reason: Reason) -> str:
        return judged_text(self.product.eligibility_rule or {"all": []}, self.customer.facts, self.segments)


def _restricts(reason: Reason) -> bool:
    """Return whether the product asks anything here; a check that asks nothing is not worth a line."""
    return not reason.message.endswith(_UNRESTRICTED)


_Say = Callable[[VerdictWords, Reason], str]
_SENTENCES: Mapping[str, _Say] = {
    "lifecycle": VerdictWords._status,  # noqa: SLF001  # the class's own table of its own methods
    "switch": VerdictWords._switch,  # noqa: SLF001
    "window": VerdictWords._window,  # noqa: SLF001
    "missing": VerdictWords._missing,  # noqa: SLF001
    "quota": VerdictWords._quota,  # noqa: SLF001
    "channel": VerdictWords._channel,  # noqa: SLF001
    "payment_mode": VerdictWords._payment_mode,  # noqa: SLF001
    "customer_value": VerdictWords._value,  # noqa: SLF001
    "segments": VerdictWords._segments,  # noqa: SLF001
    "relations": VerdictWords._relations,  # noqa: SLF001
    "points": VerdictWords._points,  # noqa: SLF001
    "limit": VerdictWords._limit,  # noqa: SLF001
    "cooldown": VerdictWords._cooldown,  # noqa: SLF001
    "rule": VerdictWords._rule,  # noqa: SLF001
}
_SHORT: Mapping[str, _Say] = {
    "lifecycle": VerdictWords._status_short,  # noqa: SLF001
    "switch": VerdictWords._switch_short,  # noqa: SLF001
    "channel": VerdictWords._channel_short,  # noqa: SLF001
    "payment_mode": VerdictWords._payment_mode_short,  # noqa: SLF001
    "customer_value": VerdictWords._value_short,  # noqa: SLF001
    "segments": VerdictWords._segments_short,  # noqa: SLF001
}
