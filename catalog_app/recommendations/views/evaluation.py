"""Evaluation: what other ways to choose would have brought, what each arm brought, and what offers bring at all."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.intervals import IntervalChart, Spread, interval_chart
from catalog_app.core.moments import figure
from catalog_app.core.proportions import Arm, Decision
from catalog_app.core.rates import percent, points
from catalog_app.core.wiring import settings as service_settings
from catalog_app.recommendations.evaluation.found import ENOUGH, ArmRate, Estimate, Evaluation, Measure, PolicyValue
from catalog_app.recommendations.settings import document, settings_row
from catalog_app.recommendations.views.blueprint import bp
from catalog_app.recommendations.views.model_facts import Verdict
from catalog_app.recommendations.views.standing import standing
from catalog_app.recommendations.views.words import arm_words

PERIODS: Final = (30, 90, 365)
ESTIMATORS: Final = ("ips", "snips", "dm", "dr")
_WIDE, _QUARTER = 0.8, 0.25


@dataclass(frozen=True)
class Cell:
    """What one estimator says: the value, and its interval."""

    value: str
    interval: str
    sample: str


@dataclass(frozen=True)
class PolicyRow:
    """One way to choose, as each estimator values it; a cell is None where that one cannot say.

    `few` says so where the log holds too few decisions like its own for the figures to say much.
    """

    key: str
    label: str
    note: str
    few: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class ArmRow:
    """What one arm brought."""

    label: str
    decisions: str
    customers: str
    rate: str
    interval: str


@bp.get("/evaluation")
@requires_role("viewer")
def evaluation() -> ResponseReturnValue:
    from catalog_app.recommendations.evaluation.service import evaluation as evaluated  # noqa: PLC0415  # numpy, for those who ask

    session, now = db.session(), utcnow()
    days = request.args.get("days", PERIODS[1], type=int)
    days = days if days in PERIODS else PERIODS[1]
    measure: Measure = "value" if request.args.get("measure") == "value" else "acceptance"
    found = evaluated(since=now - timedelta(days=days), measure=measure, now=now)
    return render_template(
        "recommendations/evaluation.html",
        standing=standing(session, now),
        settings=document(settings_row(session)),
        found=found,
        days=days,
        periods=PERIODS,
        measure=measure,
        currency=service_settings().base_currency,
        policies=[_policy(one, measure) for one in found.policies],
        values=_values_chart(found),
        names={one.key: _label(one) for one in found.policies},
        arms=[_arm(one) for one in found.arms],
        arm_chart=_arms_chart(found.arms),
        arm_names={_key(one): arm_words(one.arm) for one in found.arms},
        uplift=_uplift(found),
    )


def _policy(one: PolicyValue, measure: Measure) -> PolicyRow:
    cells = tuple(_cell(getattr(one, name), measure) for name in ESTIMATORS)
    return PolicyRow(one.key, _label(one), _note(one), _few(one), cells)


def _cell(estimate: Estimate | None, measure: Measure) -> Cell | None:
    if estimate is None:
        return None
    interval = gettext("%(low)s to %(high)s", low=_said(estimate.low, measure), high=_said(estimate.high, measure))
    return Cell(_said(estimate.value, measure), interval, figure(round(estimate.effective_sample)))


def _said(value: float, measure: Measure) -> str:
    return percent(value) if measure == "acceptance" else str(format_decimal(value, format="#,##0.00"))


def _label(one: PolicyValue) -> str:
    names = {
        "running": gettext("What was answered"),
        "model": gettext("Model %(number)s", number=one.model_version or 0),
        "candidate": gettext("Model %(number)s, not in use", number=one.model_version or 0),
        "most_valuable": gettext("Most valuable first"),
    }
    return str(names.get(one.key, one.key))


def _note(one: PolicyValue) -> str:
    if one.key == "running":
        return str(gettext("the plain average, so all four agree"))
    if one.ips is None:
        return str(gettext("only the model can say"))
    covered = gettext("%(share)s of its first choices could have been shown", share=percent(one.covered))
    if one.in_sample:
        return str(gettext("%(covered)s; it learned from these decisions", covered=covered))
    return str(covered)


def _few(one: PolicyValue) -> str:
    """Return how few decisions stand behind a policy; nothing where they are enough, or are not asked."""
    sample = None if one.ips is None or one.key == "running" else one.ips.effective_sample
    if sample is None or sample >= ENOUGH:
        return ""
    return str(
        gettext(
            "counts as %(count)s decisions; it takes %(enough)s to say much",
            count=figure(round(sample)),
            enough=figure(ENOUGH),
        )
    )


def _values_chart(found: Evaluation) -> IntervalChart | None:
    """Return what each policy is worth by the best estimator that has a word on it."""
    best = ((one, one.dr or one.snips or one.ips or one.dm) for one in found.policies)
    rows = [Spread(one.key, value.value, value.low, value.high) for one, value in best if value is not None]
    if not rows:
        return None
    high = max(row.high for row in rows)
    # Ticks of 30 % would lead beyond all of them.
    step = _QUARTER if found.measure == "acceptance" and _WIDE < high <= 1 else None
    return interval_chart(rows, low=min(0.0, *(row.low for row in rows)), high=high, step=step)


def _key(one: ArmRate) -> str:
    return one.arm or "none"


def _arm(one: ArmRate) -> ArmRow:
    side = Arm(one.customers, min(one.accepted, one.customers))
    between = side.interval
    return ArmRow(
        label=arm_words(one.arm),
        decisions=figure(one.decisions),
        customers=figure(one.customers),
        rate=percent(side.rate) if side.rate is not None else "",
        interval=gettext("%(low)s to %(high)s", low=percent(between.low), high=percent(between.high))
        if between
        else "",
    )


def _arms_chart(arms: tuple[ArmRate, ...]) -> IntervalChart | None:
    sides = [(one, Arm(one.customers, min(one.accepted, one.customers))) for one in arms]
    rows = [
        Spread(_key(one), side.rate, side.interval.low, side.interval.high)
        for one, side in sides
        if side.rate is not None and side.interval is not None
    ]
    return interval_chart(rows, low=0.0, high=max(row.high for row in rows)) if rows else None


def _uplift(found: Evaluation) -> Verdict | None:
    """Return what offers bring beside no offer, in one line."""
    compared = found.uplift
    if compared is None or compared.difference is None or compared.interval is None:
        return None
    told = {
        "low": points(compared.interval.low),
        "high": points(compared.interval.high),
        "points": points(compared.difference),
    }
    sentence = gettext("%(points)s points, between %(low)s and %(high)s.", **told)
    if compared.decision is Decision.GAIN:
        return Verdict("good", "check", gettext("Offers bring acceptances: %(difference)s", difference=sentence))
    if compared.decision is Decision.LOSS:
        return Verdict("bad", "cross", gettext("Offers cost acceptances: %(difference)s", difference=sentence))
    return Verdict("warn", "clock", gettext("Too early to tell: %(difference)s", difference=sentence))
