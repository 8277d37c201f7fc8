"""A customer as somebody describes one: what an address or a form says, what is stored, and how it is said in words.

The stored form is a JSON object that `CustomerFeatures.of` reads: segments and owned products as lists, every other
attribute under its own name. What was not told is absent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from catalog_app.core.errors import RuleError
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.facts import FACTS, fact_label, fact_text
from catalog_app.products.form_rows import guessed

FACT = "fact."
"""What stands before the name of a free attribute in an address."""

PLAIN = ("customer_value", "payment_mode", "points")
_OTHER_VALUES = ("lifetime_value", "total_revenue")
_ALWAYS_ASKED = ("tenure_months", "age")
NOT_FREE = frozenset({*PLAIN, "segments", "owned", "times_taken", "last_offered"})
MAX_NAME = 100


Given = MultiDict[str, str]
"""The parameters of an address, or the fields of a form."""


@dataclass(frozen=True)
class Description:
    """What was told of a customer. `features` is the stored form; `faults` names what cannot be used, by field."""

    features: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.features)

    @classmethod
    def of(cls, features: Mapping[str, Any]) -> "Description":
        """Return the description with whatever is wrong in it."""
        try:
            CustomerFeatures.of(features)
        except RuleError as error:
            return cls(features, _by_field(error.errors))
        return cls(features)

    @classmethod
    def typed(cls, given: Given) -> "Description":
        """Return what the fields of a form or of an address say."""
        told: dict[str, Any] = {name: given.get(name, "").strip() for name in PLAIN}
        told["segments"] = [key for key in given.getlist("segment") if key]
        told["owned"] = [text.strip() for text in given.getlist("owned") if text.strip()]
        features = {name: value for name, value in told.items() if value}
        if given.get("no_segments") and "segments" not in features:
            features["segments"] = []
        if given.get("owns_nothing") and "owned" not in features:
            features["owned"] = []
        return cls.of(features | dict(_facts(given)))

    def customer(self) -> CustomerFeatures:
        """Return the customer; raise RuleError where something is wrong."""
        return CustomerFeatures.of(self.features)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the parameters of an address that says the same."""
        for name in PLAIN:
            if name in self.features:
                yield name, str(self.features[name])
        for name, single, nothing in (("segments", "segment", "no_segments"), ("owned", "owned", "owns_nothing")):
            if name in self.features:
                yield from ((single, str(value)) for value in self.features[name])
                if not self.features[name]:
                    yield nothing, "1"
        yield from ((FACT + name, _text(value)) for name, value in self.free())

    def text(self, name: str) -> str:
        """Return what stands in the field of an attribute."""
        return _text(self.features.get(name))

    def free(self) -> Iterator[tuple[str, Any]]:
        """Yield the attributes beside the known ones, with their values."""
        yield from ((name, value) for name, value in self.features.items() if name not in NOT_FREE)

    def asked(self, named: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the attributes to ask for: those that are always asked, that `named` names, and that were told."""
        told = [name for name, _ in self.free()]
        return tuple(name for name in dict.fromkeys((*_ALWAYS_ASKED, *named, *told)) if name not in NOT_FREE)

    def words(self, segments: Mapping[str, str]) -> tuple[str, ...]:
        """Return the customer in a few words each: "High value, Family", "value 1,200", "42 months"."""
        return tuple(self._words(segments))

    def _words(self, segments: Mapping[str, str]) -> Iterator[str]:
        features = self.features
        if "segments" in features:
            yield (
                fact_text("segments", features["segments"], segments) if features["segments"] else gettext("no segment")
            )
        if not self.faults and (value := self.customer().customer_value) is not None:
            yield gettext("value %(value)s", value=fact_text("customer_value", value))
        if "payment_mode" in features:
            yield fact_text("payment_mode", features["payment_mode"]).lower()
        if "points" in features:
            yield gettext("%(points)s points", points=_counted(features["points"]))
        if "owned" in features:
            yield gettext("owns %(num)d", num=len(features["owned"])) if features["owned"] else gettext("owns nothing")
        for name, value in self.free():
            if name in ("tenure_months", "age"):
                yield fact_text(name, value)
            elif name not in _OTHER_VALUES:
                yield gettext("%(fact)s %(value)s", fact=fact_label(name), value=fact_text(name, value))


def _facts(given: Given) -> Iterator[tuple[str, Any]]:
    for key in given:
        name = key.removeprefix(FACT).strip()
        if key.startswith(FACT) and name and name not in NOT_FREE and (text := given.get(key, "").strip()):
            yield name, _value(name, text)
    name, text = given.get("fact_name", "").strip(), given.get("fact_value", "").strip()
    if name and text and name not in NOT_FREE:
        yield name, _value(name, text)


def _value(name: str, text: str) -> Any:
    kind = next((fact.kind for fact in FACTS if fact.key == name), None)
    return text if kind == "text" else guessed(text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _counted(points: Any) -> str:
    return fact_text("points", int(points)) if str(points).isdecimal() else str(points)


def _by_field(errors: Mapping[str, str]) -> dict[str, str]:
    return {name.partition(".")[0]: message for name, message in errors.items()}
