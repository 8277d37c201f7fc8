"""The strip of figures above the list: each one leads to what it counts, and says what is unusual about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import current_app, url_for
from flask_babel import get_locale, gettext, ngettext

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.moments import figure
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import count_by
from catalog_app.products.days import CatalogueDays, last_days
from catalog_app.products.formatting import number
from catalog_app.products.reads import catalogue_version
from catalog_app.products.stats import CatalogStats
from catalog_app.products.systems import SystemFacts, waiting_runs
from catalog_app.products.terms import MANUAL
from catalog_app.products.views.blueprint import catalog
from catalog_app.products.views.list_state import ListState, read_state

_WEEK = 7
_FRESH = timedelta(minutes=1)
_KEPT = "catalog-figures"
_REMEMBERED = 20


@dataclass(frozen=True)
class Figure:
    """One cell of the strip. `points` are its last days; none where there is no history yet."""

    label: str
    value: Any
    url: str | None
    note: str | None = None
    tone: str | None = None
    points: tuple[int, ...] = ()
    phone: bool = True


def stats_context(sources: Mapping[str, SystemFacts]) -> dict[str, object]:
    """Return what the strip is printed from."""
    last = max((facts.last_complete_at for facts in sources.values() if facts.last_complete_at), default=None)
    return {"figures": _cells(sources), "last_sync": last, **_last_sync(last, sources)}


def _cells(sources: Mapping[str, SystemFacts]) -> tuple[Figure, ...]:
    """Return the cells; as long as no product changed, those of a minute ago."""
    kept: dict[object, tuple[datetime, tuple[Figure, ...]]] = current_app.extensions.setdefault(_KEPT, {})
    now = utcnow()
    version = read_connections().read(lambda reader: reader.value(catalogue_version.READ))
    key = str(get_locale()), version
    found = kept.get(key)
    if found is None or now - found[0] > _FRESH:
        if len(kept) > _REMEMBERED:
            kept.clear()
        found = kept[key] = now, _counted(sources, now)
    return found[1]


def _counted(sources: Mapping[str, SystemFacts], now: datetime) -> tuple[Figure, ...]:
    stats = catalog().stats()
    days = last_days(db.session(), stats, now=now)
    state = read_state(url_for("products.index"), {})
    return (*_whole(stats, days, state), *_systems(stats, days, state, sources))


def _last_sync(at: datetime | None, sources: Mapping[str, SystemFacts]) -> dict[str, object]:
    """Return what stands under the last sync: what waits for a person, else which system it was."""
    waits = waiting_runs()
    if waits and waits.count:
        note = ngettext("%(num)d run waits for approval", "%(num)d runs wait for approval", waits.count)
        return {"sync_note": note, "sync_tone": "warn", "sync_url": waits.url}
    last = next((facts.label for facts in sources.values() if facts.last_complete_at == at), None)
    note = last if at else gettext("Nothing was synced yet")
    return {"sync_note": note, "sync_tone": None, "sync_url": waits.url if waits else None}


def _whole(stats: CatalogStats, days: CatalogueDays, state: ListState) -> list[Figure]:
    share = number(Decimal(1000 * stats.active // stats.total) / 10 if stats.total else 0)
    held = stats.active - stats.available
    return [
        Figure(gettext("Total"), figure(stats.total), state.clear_url, _this_week(stats, days), points=days.total),
        Figure(
            gettext("Active"),
            figure(stats.active),
            state.narrowed_to(lifecycle_status="launched"),
            gettext("%(share)s %% of all", share=share),
            points=days.active,
        ),
        Figure(
            gettext("Available now"),
            figure(stats.available),
            state.narrowed_to(available_now="true"),
            gettext("%(num)s held back", num=figure(held)),
            points=days.available,
        ),
    ]


def _this_week(stats: CatalogStats, days: CatalogueDays) -> str:
    week_ago = days.days[-1] - timedelta(days=_WEEK)
    before = [total for day, total in zip(days.days, days.total, strict=True) if day <= week_ago]
    if not before:
        return str(ngettext("%(num)d type", "%(num)d types", len(stats.by_type)))
    more = stats.total - before[-1]
    if not more:
        return str(gettext("as a week ago"))
    sign = "+" if more > 0 else "\N{MINUS SIGN}"
    return str(gettext("%(difference)s this week", difference=f"{sign}{figure(abs(more))}"))


def _systems(
    stats: CatalogStats, days: CatalogueDays, state: ListState, sources: Mapping[str, SystemFacts]
) -> list[Figure]:
    shown = {
        key: facts
        for key, facts in sources.items()
        if key != MANUAL and (stats.by_system.get(key) or facts.has_address)
    }
    conflicts = read_connections().read(lambda reader: _conflicts(reader, shown))
    found = []
    for key, facts in shown.items():
        count = stats.by_system.get(key, 0)
        note = gettext("%(share)s %%", share=round(100 * count / stats.total) if stats.total else 0)
        if conflicts[key]:
            words = ngettext("%(num)d conflict", "%(num)d conflicts", conflicts[key])
            note = gettext("%(share)s · %(conflicts)s", share=note, conflicts=words)
        url = state.narrowed_to(external_system=key)
        found.append(Figure(facts.label, figure(count), url, note, points=days.of_system(key), phone=False))
    return found


def _conflicts(reader: Reader, keys: Mapping[str, SystemFacts]) -> dict[str, int]:
    return {key: count_by(reader, {"external_system": [key], "sync_state": ["conflict"]}) for key in keys}
