"""A model version as people read it: when and from what it was learned, how good it is, and what weighs in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from flask_babel import format_decimal, gettext, ngettext

from catalog_app.core.moments import ago, figure, short_day, took
from catalog_app.core.rates import percent, sign
from catalog_app.products.formatting import actor_name
from catalog_app.recommendations.models import ModelVersion
from catalog_app.recommendations.views import figures
from catalog_app.recommendations.views.words import BASIS_NOTES, basis_words, column_words

HOLDS_WITHIN: Final = 0.10
"""A model is called calibrated where what it predicts lies within this share of what was accepted."""
ESTIMATORS: Final = ("dr", "snips", "ips", "dm")
_HUNDRED: Final = 100


@dataclass(frozen=True)
class Fact:
    """One fact, and what stands beside it in a quieter voice."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """A judgement of a few words; `mark` is a shape."""

    tone: str
    mark: str
    text: str


@dataclass(frozen=True)
class ModelRow:
    """One line of the list of models."""

    model: ModelVersion
    window: str
    auc: str
    log_loss: str
    calibration: Verdict | None
    value: str
    value_note: str


@dataclass(frozen=True)
class ValueRow:
    """What one estimator says of the value of a model's offers."""

    name: str
    value: str
    interval: str
    sample: str


@dataclass(frozen=True)
class Weight:
    """One of the strongest weights: of which customers and which products, and its bar from -100 to 100."""

    customer: str
    product: str
    amount: str
    tone: str
    bar: int


def short_facts(model: ModelVersion) -> list[Fact]:
    """Return what stands beside a customer who is tried."""
    metrics = model.metrics
    facts = [Fact(gettext("Trained"), ago(model.trained_at), gettext("%(days)s of data", days=days_words(model)))]
    facts += _measured(metrics)
    if (value := best_value(metrics)) is not None:
        facts.append(Fact(gettext("Value by %(estimator)s", estimator=value[0].upper()), *_worth(value[1])))
    if not metrics.get("auc"):
        facts.append(Fact(gettext("Basis"), basis_words(model.basis)))
    return facts


def facts_of(model: ModelVersion) -> list[Fact]:
    """Return everything that the page of a model says in lines."""
    return [
        Fact(gettext("Basis"), basis_words(model.basis), str(BASIS_NOTES.get(model.basis, ""))),
        Fact(gettext("Trained"), ago(model.trained_at), gettext("by %(who)s, took %(time)s", who=actor_name(model.trained_by), time=took(model.seconds))),
        Fact(gettext("Data"), window_words(model), days_words(model)),
        Fact(gettext("Customers"), figure(model.customers)),
        Fact(gettext("Impressions"), figure(model.impressions), ngettext("%(count)s acceptance", "%(count)s acceptances", model.acceptances, count=figure(model.acceptances))),
        Fact(gettext("Products"), figure(model.products)),
        *_measured(model.metrics),
        Fact(gettext("Size"), gettext("%(size)s KB", size=figure(round(model.size / 1024))), model.sha256[:12]),
    ]  # fmt: skip


def row_of(model: ModelVersion) -> ModelRow:
    """Return the line of a model in the list."""
    value = best_value(model.metrics)
    text, note = _worth(value[1]) if value else ("", "")
    return ModelRow(
        model=model,
        window=days_words(model),
        auc=_decimals(model.metrics.get("auc")),
        log_loss=_decimals(model.metrics.get("log_loss")),
        calibration=calibration_verdict(model.metrics),
        value=text,
        value_note=note,
    )


def calibration_verdict(metrics: Mapping[str, Any]) -> Verdict | None:
    """Return how far what is predicted lies from what was accepted; None where nobody measured it."""
    overall = metrics.get("calibration_overall")
    if overall is None:
        return None
    off = abs(overall - 1)
    shown = gettext("%(percent)s %%", percent=figure(max(1, ceil(off * _HUNDRED))))
    if off <= HOLDS_WITHIN:
        return Verdict("good", "check", gettext("within %(share)s", share=shown))
    side = gettext("%(share)s too high", share=shown) if overall > 1 else gettext("%(share)s too low", share=shown)
    return Verdict("warn", "diamond", side)


def best_value(metrics: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the estimate that says most of what this model's offers are worth, with the name of its estimator."""
    found = metrics.get("value") or {}
    return next(((name, found[name]) for name in ESTIMATORS if found.get(name)), None)


def values_of(metrics: Mapping[str, Any]) -> list[ValueRow]:
    """Return what each estimator says."""
    found = metrics.get("value") or {}
    return [
        ValueRow(
            name.upper(),
            _rate(found[name]["value"]),
            _between(found[name]),
            figure(round(found[name].get("effective_sample") or 0)),
        )
        for name in ESTIMATORS
        if found.get(name)
    ]


def weights_of(metrics: Mapping[str, Any], names: Mapping[int, str], segments: Mapping[str, str]) -> list[Weight]:
    """Return the strongest weights, each bar against the strongest of all; `names` are those of products held."""
    found: Sequence[Mapping[str, Any]] = metrics.get("weights") or []
    most = max((abs(one["weight"]) for one in found), default=0) or 1.0
    return [
        Weight(
            customer=_customer_side(one, names, segments),
            product=column_words(one["beside"], segments) or gettext("every product"),
            amount=figures.signed(one["weight"]),
            tone=figures.tone(one["weight"]),
            bar=round(_HUNDRED * one["weight"] / most),
        )
        for one in found
    ]


def held_in(metrics: Mapping[str, Any]) -> list[int]:
    """Return the products held that weigh most."""
    return [one["product_id"] for one in metrics.get("weights") or [] if one["product_id"] is not None]


def _customer_side(one: Mapping[str, Any], names: Mapping[int, str], segments: Mapping[str, str]) -> str:
    if one["kind"] == "affinity":
        return str(gettext("What similar customers hold"))
    if (number := one["product_id"]) is not None:
        return str(gettext("Holds %(name)s", name=names.get(number, f"#{number}")))
    return column_words(one["label"], segments) or str(gettext("every customer"))


def days_words(model: ModelVersion) -> str:
    """Return how long a stretch of time it was learned from."""
    if model.data_from is None or model.data_until is None:
        return ""
    days = max(1, (model.data_until - model.data_from).days)
    return str(ngettext("%(num)d day", "%(num)d days", days))


def window_words(model: ModelVersion) -> str:
    """Return from when to when it was learned."""
    if model.data_from is None or model.data_until is None:
        return ""
    days = {"first": short_day(model.data_from), "last": short_day(model.data_until)}
    return str(gettext("%(first)s to %(last)s", **days))


def _measured(metrics: Mapping[str, Any]) -> list[Fact]:
    """Return what the self-check measured, beside what the model before it would have."""
    before: Mapping[str, Any] = metrics.get("before") or {}
    names = (("auc", gettext("AUC")), ("log_loss", gettext("Log loss")))
    return [
        Fact(label, _decimals(metrics[name]), gettext("was %(value)s", value=_decimals(before[name])) if before.get(name) else "")
        for name, label in names
        if metrics.get(name) is not None
    ]  # fmt: skip


def _worth(estimate: Mapping[str, Any]) -> tuple[str, str]:
    """Return a value and its interval."""
    return _rate(estimate["value"]), gettext("95 %%: %(interval)s", interval=_between(estimate))


def _between(estimate: Mapping[str, Any]) -> str:
    return str(gettext("%(low)s to %(high)s", low=_rate(estimate["low"]), high=_rate(estimate["high"])))


def _rate(value: float) -> str:
    return percent(value) if value >= 0 else f"{sign(value)}{percent(abs(value))}"


def _decimals(value: float | None) -> str:
    return "" if value is None else str(format_decimal(value, format="0.000"))
