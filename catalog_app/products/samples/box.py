"""What a form that describes a customer shows: the same on the product's page, among the offers and in the settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.products.facts import FACTS, fact_kind, fact_label, fact_unit
from catalog_app.products.labels import term
from catalog_app.products.samples.asking import Asked, Owning
from catalog_app.products.samples.description import FACT, NOT_FREE
from catalog_app.products.samples.models import SampleCustomer
from catalog_app.products.samples.service import seen_by
from catalog_app.products.terms import CHANNELS

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class FactField:
    """One attribute to be asked for."""

    name: str
    label: str
    value: str
    unit: str
    kind: str | None
    fault: str | None


@dataclass(frozen=True)
class CustomerBox:
    """The fields of a customer, filled as `asked` says."""

    asked: Asked
    owning: Sequence[Owning]
    facts: Sequence[FactField]
    words: Sequence[str]
    kept: Sequence[tuple[str, Choices]]
    segments: Choices
    channels: Choices
    modes: Choices
    free_names: Sequence[str]

    def text(self, name: str) -> str:
        return self.asked.described.text(name)

    def ticked(self, segment: str) -> bool:
        return segment in self.asked.described.features.get("segments", ())

    def is_none(self, name: str) -> bool:
        """Return whether it was told that there are none of these, which is not the same as telling nothing."""
        return self.asked.described.features.get(name) == []

    def segment_words(self) -> str:
        """Return what stands on the closed menu."""
        labels = dict(self.segments)
        ticked: list[str] = self.asked.described.features.get("segments", [])
        return ", ".join(labels.get(key, key) for key in ticked) or (
            gettext("None") if self.is_none("segments") else gettext("Not told")
        )


def customer_box(
    session: Session, asked: Asked, *, viewer: str, segments: Mapping[str, str], named: Iterable[str] = ()
) -> CustomerBox:
    """Return the fields to describe a customer with; `named` are the attributes that a rule asks for."""
    described = asked.described
    told = {key: key for key in described.features.get("segments", ()) if key not in segments}
    return CustomerBox(
        asked=asked,
        owning=asked.owning(session),
        facts=[_field(asked, name) for name in described.asked(tuple(named))],
        words=described.words(segments),
        kept=_by_owner(seen_by(viewer), viewer),
        segments=[*segments.items(), *told.items()],
        channels=[("", gettext("Any channel")), *((value, term(value)) for value in CHANNELS)],
        modes=[("", gettext("Not told")), *((mode, term(mode)) for mode in ("prepaid", "postpaid", "hybrid"))],
        free_names=[fact.key for fact in FACTS if fact.key not in NOT_FREE],
    )


def _field(asked: Asked, name: str) -> FactField:
    value: Any = asked.described.features.get(name)
    return FactField(
        name=FACT + name,
        label=fact_label(name),
        value=asked.described.text(name),
        unit=fact_unit(name),
        kind=fact_kind(name, value),
        fault=asked.all_faults.get(name),
    )


def _by_owner(kept: Sequence[SampleCustomer], viewer: str) -> list[tuple[str, Choices]]:
    mine = [(str(one.id), one.name) for one in kept if one.owner == viewer]
    shared = [(str(one.id), one.name) for one in kept if one.owner != viewer]
    groups = ((gettext("Yours"), mine), (gettext("Shared by others"), shared))
    return [(label, found) for label, found in groups if found]
