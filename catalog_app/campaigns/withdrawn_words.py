"""Why a product cannot be offered, as people say it."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext, ngettext

from catalog_app.campaigns.models import HOLD, LAST_SNAPSHOT, STOP, SUCCESSOR
from catalog_app.products.labels import term

_SHORT: Final[Mapping[str, Any]] = {
    "deleted": lazy_gettext("deleted"),
    "missing": lazy_gettext("missing at its source"),
    "conflict": lazy_gettext("its status is in conflict"),
    "switched_off": lazy_gettext("held back"),
    "ended": lazy_gettext("its time is over"),
    "no_candidate": lazy_gettext("no candidate is on sale"),
}

_STATES: Final = ("missing", "conflict")
"""What a product is called by the state that the sync gave it."""


def withdrawn_briefly(because: str) -> str:
    """Return why in a word, for a list: "missing", "retired"."""
    return term(because).lower() if because in _STATES else withdrawn_words(because)


def policy_sentence(policy: str, count: int = 1) -> str:
    """Return what so many campaigns do about it now."""
    sentences = {
        HOLD: ngettext(
            "The campaign holds its offers until the product is back.",
            "%(num)d campaigns hold their offers until the product is back.",
            count,
        ),
        SUCCESSOR: ngettext(
            "The campaign offers the successor instead.", "%(num)d campaigns offer the successor instead.", count
        ),
        STOP: ngettext("The campaign has ended.", "%(num)d campaigns have ended.", count),
        LAST_SNAPSHOT: ngettext(
            "The campaign goes on with the offer as it was.", "%(num)d campaigns go on with the offer as it was.", count
        ),
    }
    return str(sentences[policy])


def withdrawn_words(because: str) -> str:
    """Return why in a few words: "missing at its source", "retired"."""
    known = _SHORT.get(because)
    return term(because).lower() if known is None else str(known)


def withdrawn_sentence(because: str, product: str) -> str:
    """Return the same as a sentence about the product."""
    sentences = {
        "deleted": gettext("%(product)s was deleted.", product=product),
        "missing": gettext("%(product)s is missing at its source.", product=product),
        "conflict": gettext("The status of %(product)s is in conflict.", product=product),
        "switched_off": gettext("%(product)s is held back.", product=product),
        "ended": gettext("The time of %(product)s is over.", product=product),
        "no_candidate": gettext("None of the candidates is on sale."),
    }
    status = gettext("%(product)s is not on sale: %(status)s.", product=product, status=term(because).lower())
    return str(sentences.get(because, status))
