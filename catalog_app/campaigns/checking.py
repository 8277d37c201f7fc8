"""Pre-flight of a whole campaign: what its messages say, and what it needs besides them before it may run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zlib import crc32

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.campaigns.changes import product_ids
from catalog_app.campaigns.config import config_of, faults_with
from catalog_app.campaigns.messages.finding import ERROR, PASS, WARNING, Finding
from catalog_app.campaigns.messages.preflight import preflight
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.offering import withdrawal_of
from catalog_app.campaigns.senders.registry import checked_config
from catalog_app.contacts.policy import policy_of
from catalog_app.core.errors import ConflictError, Sentence
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Product, Segment
from catalog_app.products.samples.models import SampleCustomer

_POSITIVE = 0x7FFFFFFF
_MAX_SAMPLES = 20
_ORDER = {ERROR: 0, WARNING: 1, PASS: 2}


class NotReadyError(ConflictError):
    """A campaign cannot run: `findings` are all that pre-flight found, with the errors among them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(_refusal(errors_of(findings)))
        self.findings = tuple(findings)


def _refusal(errors: Sequence[Finding]) -> Sentence:
    first, place = errors[0].message, errors[0].place
    if place:
        first = Sentence("%(finding)s (%(place)s).", finding=first.removesuffix("."), place=place)
    if len(errors) == 1:
        return Sentence("%(first)s Fix this error, then activate.", first=first)
    return Sentence("%(first)s Fix %(count)s errors, then activate.", first=first, count=len(errors))


def findings_of(
    session: Session, campaign: Campaign, products: Mapping[int, Product], *, now: datetime
) -> tuple[Finding, ...]:
    """Return everything that pre-flight has to say of a campaign with these products, errors first."""
    segments, samples = session.scalars(select(Segment)).all(), _samples(session)
    look = partial(preflight, campaign, now=now, zone=policy_of(session).time_zone, segments=segments, samples=samples)
    checked = [(product, look(product)) for product in products.values()]
    said = _together(checked, now) if checked else look(None)
    found = [*_needs(campaign, products, now), *said]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.level]))


def _samples(session: Session) -> list[CustomerFeatures]:
    """Return the made-up customers that everybody tries messages on."""
    shared = select(SampleCustomer.features).where(SampleCustomer.is_shared).order_by(SampleCustomer.id)
    return [CustomerFeatures.of(features) for features in session.scalars(shared.limit(_MAX_SAMPLES))]


def errors_of(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level == ERROR)


def refuse_errors(findings: Sequence[Finding]) -> None:
    """Raise NotReadyError where there is an error among them."""
    if errors_of(findings):
        raise NotReadyError(findings)


def versions_of(products: Mapping[int, Product]) -> int | None:
    """Return the version of a product, or a sum that tells versions of several apart; None of none."""
    if len(products) <= 1:
        return next((product.version for product in products.values()), None)
    return crc32(orjson.dumps(sorted((product.id, product.version) for product in products.values()))) & _POSITIVE


def _needs(campaign: Campaign, products: Mapping[int, Product], now: datetime) -> Iterator[Finding]:
    """Yield what is missing for a campaign to run, whatever its messages say."""
    if not product_ids(campaign):
        words = "Name the candidates to choose from." if campaign.use_nbo else "Choose a product."
        yield _error("no_product", Sentence(words))
    if not campaign.channels:
        yield _error("no_channel", Sentence("Choose a channel."))
    if campaign.ends_at is not None and campaign.ends_at <= now:
        yield _error("ended", Sentence("The end of the campaign is past."))
    config = config_of(campaign.product_config)
    for product in products.values():
        for field, fault in faults_with(config, product).items():
            yield _error(f"product_config.{field}", Sentence("%(name)s: %(fault)s", name=product.name, fault=fault))
    has_secret = campaign.sender_secret is not None
    for field, fault in checked_config(campaign.sender, campaign.sender_config, has_secret=has_secret).items():
        yield _error(f"sender_config.{field}" if field else "sender", Sentence("%(fault)s", fault=fault))


def _together(checked: Sequence[tuple[Product, Sequence[Finding]]], now: datetime) -> Iterator[Finding]:
    """Yield what is found with all candidates once, and what is found with some of them by their names.

    Of several candidates one that can be offered is enough: that the others cannot is no error.
    """
    common = set(checked[0][1]).intersection(*(findings for _, findings in checked[1:]))
    yield from (finding for finding in checked[0][1] if finding in common)
    some_can = any(withdrawal_of(product, now) is None for product, _ in checked)
    for product, findings in checked:
        is_gone = some_can and withdrawal_of(product, now) is not None
        for finding in findings:
            if finding not in common and finding.level != PASS:
                words = Sentence("%(name)s: %(finding)s", name=product.name, finding=finding.message)
                yield replace(finding, message=words, level=WARNING if is_gone else finding.level)


def _error(code: str, message: Sentence) -> Finding:
    return Finding(ERROR, code, message)
