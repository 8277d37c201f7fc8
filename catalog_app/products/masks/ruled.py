"""The products' own rules: each different rule is judged once for a customer, by the pure function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from catalog_app.core.text import MAX_EXACT
from catalog_app.products.masks.cards import Card
from catalog_app.products.masks.codes import NO, UNKNOWN, YES
from catalog_app.products.outcome import Outcome
from catalog_app.products.rule_judging import evaluate
from catalog_app.products.rules import group_of

_NONE: Final = 0
"""The place of products without a rule; the others count from 1."""
_FEW: Final = 8
"""So few different rules are sooner judged than it is found out which of them are asked for."""
_REMEMBERED: Final = 512
"""What so many combinations of outcomes come to is remembered."""
_COMPARES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
_CODES: Final = {Outcome.NO: NO, Outcome.UNKNOWN: UNKNOWN, Outcome.YES: YES}


class Rules:
    """The different rules of the products, and which product has which."""

    def __init__(self, cards: Sequence[Card]) -> None:
        places: dict[bytes, int] = {}
        self._rules: list[Mapping[str, Any]] = []
        self._place = np.zeros(len(cards), np.int64)
        for row, card in enumerate(cards):
            rule = card.eligibility_rule
            if not rule:
                continue
            key = orjson.dumps(rule, option=orjson.OPT_SORT_KEYS)
            if key not in places:
                self._rules.append(rule)
                places[key] = len(self._rules)
            self._place[row] = places[key]
        self._judges = [_judge_of(rule) for rule in self._rules]
        self._known: dict[bytes, NDArray[np.uint8]] = {}
        self.attributes = frozenset(name for rule in self._rules for name in _attributes(rule))

    def different(self) -> Iterator[tuple[Mapping[str, Any], NDArray[np.int64]]]:
        """Yield each different rule with the rows of the products that have it."""
        for place, rule in enumerate(self._rules, start=1):
            yield rule, np.flatnonzero(self._place == place)

    def codes(self, facts: Mapping[str, Any]) -> NDArray[np.uint8]:
        """Return what each product's rule says to these attributes."""
        return self._row(bytes([YES, *[judge(facts) for judge in self._judges]]))

    def narrow(self, found: NDArray[np.uint8], facts: Mapping[str, Any]) -> None:
        """Lower each outcome to what the rule says; only rules of products that are not refused yet are judged."""
        if not self._rules:
            return
        if len(self._rules) <= _FEW:
            np.minimum(found, self.codes(facts), out=found)
            return
        standing = np.bincount(self._place[found != _CODES[Outcome.NO]], minlength=len(self._rules) + 1)
        outcomes = np.full(len(standing), _CODES[Outcome.YES], np.uint8)
        for place in np.flatnonzero(standing[1:]).tolist():
            outcomes[place + 1] = self._judges[place](facts)
        np.minimum(found, outcomes[self._place], out=found)

    def _row(self, outcomes: bytes) -> NDArray[np.uint8]:
        """Return what these outcomes of the rules, one after another, say to each product."""
        row = self._known.get(outcomes)
        if row is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            row = self._known[outcomes] = np.frombuffer(outcomes, np.uint8)[self._place]
        return row


def _judge_of(rule: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], int]:
    """Return what says what a rule says; one that only compares a number with a whole one says it without detours."""
    conditions = rule.get("all") or rule.get("any") or ()
    condition: Mapping[str, Any] = next(iter(conditions)) if len(conditions) == 1 else {}
    attribute, bound = str(condition.get("attribute")), condition.get("value")
    compares = _COMPARES.get(condition.get("operator", ""))
    if compares is None or type(bound) is not int or abs(bound) > MAX_EXACT:
        return lambda facts: _CODES[evaluate(rule, facts)]

    def judge(facts: Mapping[str, Any]) -> int:
        fact = facts.get(attribute)
        # No digits that a float is written with lie on the other side of a whole number.
        if (type(fact) is int or type(fact) is float) and -MAX_EXACT <= fact <= MAX_EXACT:
            return YES if compares(fact, bound) else NO
        return _CODES[evaluate(rule, facts)]

    return judge


def _attributes(rule: Mapping[str, Any]) -> Iterator[str]:
    group = group_of(rule)
    if group is None:
        yield str(rule["attribute"])
        return
    for member in rule[group]:
        yield from _attributes(member)
