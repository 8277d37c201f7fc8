"""Pre-flight: what keeps a campaign from saying what it should, found before anybody is written to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from catalog_app.campaigns.messages.checks.asked import Asked, Checked, CheckedProduct, ValueRange
from catalog_app.campaigns.messages.checks.coverage import coverage
from catalog_app.campaigns.messages.checks.fields import fields
from catalog_app.campaigns.messages.checks.fitting import fitting
from catalog_app.campaigns.messages.checks.lengths import lengths
from catalog_app.campaigns.messages.checks.message import Message, messages_of
from catalog_app.campaigns.messages.checks.window import window
from catalog_app.campaigns.messages.finding import ERROR, PASS, WARNING, Finding
from catalog_app.products.customers import CustomerFeatures

_ORDER = {ERROR: 0, WARNING: 1, PASS: 2}


def preflight(  # each is a fact of its own
    campaign: Checked,
    product: CheckedProduct | None,
    *,
    now: datetime,
    zone: str = "UTC",
    segments: Sequence[ValueRange] = (),
    samples: Sequence[CustomerFeatures] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with a campaign for this product: errors, then warnings, then what was found in order.

    `segments` are those that have customer values, `samples` customers to try each message on. Nothing is read or
    written. Without a product the templates are read, and no value is looked for.
    """
    asked = Asked(campaign, product, now, zone, segments, samples)
    found = [*_said(asked), *coverage(asked), *window(asked), *fitting(asked)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.level]))


def _said(asked: Asked) -> Iterator[Finding]:
    for message in messages_of(asked):
        yield from _message(asked, message)


def _message(asked: Asked, message: Message) -> Iterator[Finding]:
    found = [*map(message.fault, message.faults), *fields(asked, message)]
    yield from found
    if not any(finding.level == ERROR for finding in found):
        yield from lengths(asked, message)
