"""The customer that an address asks about: one that is kept, one that was typed, or a kept one with changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.core.errors import NotFoundError
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.form_fields import moment_input
from catalog_app.products.models import Product
from catalog_app.products.naming import Named, named, reference_of
from catalog_app.products.owned import resolve_owned
from catalog_app.products.samples.description import Description, Given
from catalog_app.products.samples.models import SampleCustomer
from catalog_app.products.samples.service import find
from catalog_app.products.terms import CHANNELS

_MAX_DIGITS = 10


@dataclass(frozen=True)
class Owning:
    """One product in the list of what a customer owns: as the address names it, and what people call it."""

    reference: str
    name: str
    is_known: bool = True


@dataclass(frozen=True)
class Asked:
    """Who is asked about, over which channel, and when; `at` is None for now."""

    kept: SampleCustomer | None
    described: Description
    channel: str | None = None
    at: datetime | None = None
    faults: Mapping[str, str] | None = None
    adding: Named = field(default_factory=lambda: Named(None))
    adding_text: str = ""

    @property
    def is_changed(self) -> bool:
        """Return whether the customer is a kept one with changes that are not kept."""
        return self.kept is not None and dict(self.kept.features) != dict(self.described.features)

    @property
    def is_told(self) -> bool:
        """Return whether there is a customer at all to judge."""
        return self.kept is not None or bool(self.described) or self.channel is not None

    @property
    def all_faults(self) -> Mapping[str, str]:
        return {**self.described.faults, **(self.faults or {})}

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the parameters of the shortest address that asks the same."""
        if self.kept is not None:
            yield "customer", str(self.kept.id)
        if self.kept is None or self.is_changed:
            if self.kept is not None:
                yield "of", str(self.kept.id)
            yield from self.described.pairs()
        if self.channel is not None:
            yield "channel", self.channel
        if self.at is not None:
            yield "at", moment_input(self.at)

    def query(self) -> str:
        """Return the same as a query string."""
        return urlencode(list(self.pairs()))

    def customer(self, session: Session) -> CustomerFeatures:
        """Return the customer, with what it owns in both forms; raise RuleError where something is wrong."""
        customer = self.described.customer()
        return customer if customer.owned is None else customer.owning(resolve_owned(session, customer.owned))

    def owning(self, session: Session) -> Sequence[Owning]:
        """Return what the customer owns, by name."""
        return [_owning(session, str(text)) for text in self.described.features.get("owned", ())]


def asked_of(session: Session, given: Given, viewer: str) -> Asked:
    """Return what an address asks. Nothing of it is refused: what cannot be used is named in the faults.

    Fields beside `customer` count only where `of` says that they were filled from it: whoever chooses another kept
    customer means that one, not the fields of the one before.
    """
    faults: dict[str, str] = {}
    kept = _kept(given.get("customer", ""), viewer, faults)
    filled_from = given.get("of", "").strip()
    is_fresh = kept is not None and filled_from != str(kept.id)
    described = Description.of(kept.features) if is_fresh and kept is not None else Description.typed(given)
    channel = given.get("channel", "").strip()
    asked = Asked(
        kept, described, channel if channel in CHANNELS else None, _moment(given.get("at", ""), faults), faults
    )
    text = given.get("own", "").strip()
    return asked if is_fresh or not text else _adding(session, asked, text)


def _adding(session: Session, asked: Asked, text: str) -> Asked:
    found = named(session, text)
    if found.product is None:
        words = gettext("Which one?") if found.candidates else gettext("No product has this id or name.")
        return replace(asked, adding=found, adding_text=text, faults={**(asked.faults or {}), "own": words})
    owned = [*asked.described.features.get("owned", ()), reference_of(found.product).removeprefix("#")]
    features: dict[str, Any] = {**asked.described.features, "owned": list(dict.fromkeys(map(str, owned)))}
    return replace(asked, described=Description.of(features))


def _owning(session: Session, text: str) -> Owning:
    found: Product | None = named(session, text).product
    return Owning(text, text, is_known=False) if found is None else Owning(text, found.name)


def _kept(text: str, viewer: str, faults: dict[str, str]) -> SampleCustomer | None:
    text = text.strip()
    if not text:
        return None
    try:
        return find(int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else 0, viewer)
    except NotFoundError:
        faults["customer"] = gettext("This customer is not kept any more. Choose another, or describe one.")
        return None


def _moment(text: str, faults: dict[str, str]) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        faults["at"] = gettext("Use a date and a time, such as 2026-12-31T23:59.")
        return None
