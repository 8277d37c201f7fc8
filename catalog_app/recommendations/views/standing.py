"""How things stand: the model in use with its worth, and how far the data carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.moments import figure
from catalog_app.recommendations.models import ModelVersion
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training.readiness import Readiness, readiness
from catalog_app.recommendations.training.versions import ModelService
from catalog_app.recommendations.views.charts import CalibrationChart, LiftChart, calibration_chart, lift_chart
from catalog_app.recommendations.views.model_facts import Fact, Verdict, calibration_verdict, short_facts


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder: what answers would rest on, and what it takes."""

    label: str
    text: str
    is_reached: bool


@dataclass(frozen=True)
class Standing:
    """The model in use, None as long as nothing was learned; `before` says whether another one could come back."""

    model: ModelVersion | None
    models: int
    before: bool
    is_stale: bool
    facts: Sequence[Fact]
    bins: Sequence[Mapping[str, Any]]
    calibration: CalibrationChart | None
    lift: LiftChart | None
    verdict: Verdict | None
    rungs: Sequence[Rung]


def standing(session: Session, now: datetime) -> Standing:
    """Return how things stand now."""
    row = settings_row(session)
    model = ModelService().active()
    metrics = model.metrics if model is not None else {}
    bins = metrics.get("calibration") or []
    return Standing(
        model=model,
        models=session.execute(select(func.count()).select_from(ModelVersion)).scalar_one(),
        before=model is not None and ModelService().former() is not None,
        is_stale=model is not None and now - model.trained_at > timedelta(days=row.stale_days),
        facts=short_facts(model) if model is not None else (),
        bins=bins,
        calibration=calibration_chart(bins),
        lift=lift_chart(metrics.get("lift") or []),
        verdict=calibration_verdict(metrics),
        rungs=[] if model is not None else rungs(readiness(session)),
    )


def rungs(found: Readiness) -> list[Rung]:
    """Return the rungs from the lowest on, each with what there is and what it takes."""
    return [
        Rung(gettext("By value"), gettext("Needs nothing."), is_reached=True),
        Rung(
            gettext("By affinity"),
            gettext(
                "%(count)s of %(needed)s customers with holdings",
                count=figure(found.customers), needed=figure(found.needed_customers),
            ),
            is_reached=found.customers >= found.needed_customers,
        ),
        Rung(gettext("By accept rates"), _of(found.acceptances, found.needed_rate), found.acceptances >= found.needed_rate),
        Rung(gettext("Full model"), _of(found.acceptances, found.needed_full), found.acceptances >= found.needed_full),
    ]  # fmt: skip


def _of(count: int, needed: int) -> str:
    return str(gettext("%(count)s of %(needed)s acceptances", count=figure(count), needed=figure(needed)))
