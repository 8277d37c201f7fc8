"""Whether there is something to say over each channel and in each language, and whether the product allows it."""

from collections.abc import Iterator

from catalog_app.campaigns.messages.checks.asked import Asked
from catalog_app.campaigns.messages.fallback import closest
from catalog_app.campaigns.messages.finding import ERROR, WARNING, Finding
from catalog_app.core.errors import Keys, Sentence


def coverage(asked: Asked) -> Iterator[Finding]:
    """Yield what is missing for customers of some language, and the channels that the product does not take."""
    campaign, product = asked.campaign, asked.product
    spoken = {language for channel in campaign.channels for language in campaign.messages.get(channel) or {}}
    for channel in campaign.channels:
        if product is not None and product.channels and channel not in product.channels:
            allowed = Keys(", ".join(product.channels), product.channels)
            sentence = Sentence("The product is not offered over this channel, but over %(allowed)s.", allowed=allowed)
            yield Finding(ERROR, "channel", sentence, channel=channel)
        written = {language for language, parts in (campaign.messages.get(channel) or {}).items() if parts}
        if not written:
            yield Finding(ERROR, "missing_message", Sentence("There is no message for this channel."), channel=channel)
            continue
        yield from _languages(channel, campaign.fallback_language, written, spoken)


def _languages(channel: str, fallback: str, written: set[str], spoken: set[str]) -> Iterator[Finding]:
    if closest(fallback, written) is None:
        sentence = Sentence('There is no message in "%(language)s", which all other customers get.', language=fallback)
        yield Finding(ERROR, "missing_fallback", sentence, channel=channel, language=fallback)
        return
    for language in sorted(spoken):
        if closest(language, written) is None:
            words = {"language": language, "fallback": fallback}
            sentence = Sentence('Who reads "%(language)s" gets this message in "%(fallback)s".', **words)
            yield Finding(WARNING, "missing_language", sentence, channel=channel, language=language)
