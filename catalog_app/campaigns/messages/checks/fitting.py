"""Whether anybody can be in the audience of a campaign and be offered its product: told only where it is proved."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalog_app.campaigns.messages.amounts import decimal_of
from catalog_app.campaigns.messages.checks.asked import Asked, CheckedProduct, ValueRange
from catalog_app.campaigns.messages.checks.conditions import Condition, apart, necessary
from catalog_app.campaigns.messages.finding import ERROR, PASS, WARNING, Finding
from catalog_app.core.errors import Sentence


def fitting(asked: Asked) -> Iterator[Finding]:
    """Yield what excludes the whole audience by the product's own rules, a pass where nothing does."""
    product = asked.product
    if product is None:
        return
    found = [*_segments(asked, product), *_contradictions(asked, product)]
    yield from found
    if not any(finding.level == ERROR for finding in found):
        yield Finding(PASS, "audience", Sentence("Nothing in the rules of the product excludes the whole audience."))


def _segments(asked: Asked, product: CheckedProduct) -> Iterator[Finding]:
    audience = asked.campaign.audience
    meant, left_out = set(audience.get("segments") or ()), set(audience.get("exclude_segments") or ())
    targets, excluded = set(product.target_segments), set(product.exclude_segments)
    if meant and meant <= excluded:
        words = {"segments": _listed(meant)}
        yield _excluded(Sentence("The product excludes all segments of the audience: %(segments)s.", **words))
    if targets and targets <= left_out:
        words = {"segments": _listed(targets)}
        yield _excluded(Sentence("The audience leaves out all segments of the product: %(segments)s.", **words))
    if meant and targets and not meant & targets:
        words = {"audience": _listed(meant), "product": _listed(targets)}
        if _values_apart(meant, targets, asked.segments):
            yield _excluded(
                Sentence(
                    "The audience is %(audience)s, the product is for %(product)s: nobody has the value for both.",
                    **words,
                )
            )
        else:
            sentence = Sentence(
                "The audience is %(audience)s, the product is for %(product)s: only who is in both is offered it.",
                **words,
            )
            yield Finding(WARNING, "segments_apart", sentence)


def _contradictions(asked: Asked, product: CheckedProduct) -> Iterator[Finding]:
    """Yield the pairs of conditions that no customer fulfils: one of the audience, one of the product."""
    wanted, ruled = list(_of_audience(asked)), list(_of_product(product))
    for mine in wanted:
        for theirs in ruled:
            if apart(mine, theirs):
                words = {"audience": str(mine), "product": str(theirs)}
                yield _excluded(
                    Sentence(
                        "Nobody in the audience can be offered the product: %(audience)s, but %(product)s.", **words
                    )
                )
                return


def _of_audience(asked: Asked) -> Iterator[Condition]:
    audience = asked.campaign.audience
    yield from _bounds(audience.get("min_customer_value"), audience.get("max_customer_value"))
    yield from _segment_bounds(audience.get("segments") or (), asked.segments)
    yield from necessary(audience.get("rule"))


def _of_product(product: CheckedProduct) -> Iterator[Condition]:
    yield from _bounds(product.min_customer_value, product.max_customer_value)
    if product.payment_mode != "any":
        yield Condition("payment_mode", "eq", product.payment_mode)
    yield from necessary(product.eligibility_rule)


def _bounds(lowest: Any, highest: Any) -> Iterator[Condition]:
    low, high = decimal_of(lowest), decimal_of(highest)
    if low is not None:
        yield Condition("customer_value", "gte", _plain(low))
    if high is not None:
        yield Condition("customer_value", "lte", _plain(high))


def _segment_bounds(keys: Sequence[str], segments: Sequence[ValueRange]) -> Iterator[Condition]:
    """Yield the widest bounds of the customer value that these segments stand for, where all of them have one."""
    known = {segment.key: segment for segment in segments}
    ranges = [known[key] for key in keys if key in known]
    if not ranges or len(ranges) < len(keys):
        return
    lows = [one.min_customer_value for one in ranges if one.min_customer_value is not None]
    highs = [one.max_customer_value for one in ranges if one.max_customer_value is not None]
    yield from _bounds(
        min(lows) if len(lows) == len(ranges) else None, max(highs) if len(highs) == len(ranges) else None
    )


def _values_apart(meant: set[str], targets: set[str], segments: Sequence[ValueRange]) -> bool:
    """Return whether no customer value belongs to a segment of both."""
    pairs: Mapping[str, list[Condition]] = {key: list(_segment_bounds([key], segments)) for key in (*meant, *targets)}
    return all(
        any(apart(mine, theirs) for mine in pairs[one] for theirs in pairs[other]) for one in meant for other in targets
    )


def _excluded(sentence: Sentence) -> Finding:
    return Finding(ERROR, "audience_excluded", sentence)


def _listed(keys: set[str]) -> str:
    return ", ".join(sorted(keys))


def _plain(value: Decimal) -> Decimal:
    return Decimal(f"{value.normalize():f}")
