"""What people call the states and parts of models and decisions."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext

from catalog_app.products.facts import FACTS
from catalog_app.products.labels import FEATURE_LABELS, FIELD_LABELS, check_label, term
from catalog_app.recommendations.models import BY_ACCEPT_RATE, BY_AFFINITY, BY_FULL_MODEL, BY_VALUE

BASES: Final[Mapping[str, Any]] = {
    BY_FULL_MODEL: lazy_gettext("Full model"),
    BY_ACCEPT_RATE: lazy_gettext("Accept rates"),
    BY_AFFINITY: lazy_gettext("Affinity"),
    BY_VALUE: lazy_gettext("Value"),
}
"""What an answer rests on, the most that data can give first."""

BASIS_NOTES: Final[Mapping[str, Any]] = {
    BY_FULL_MODEL: lazy_gettext("Learned from who accepted what, by features of customers and products."),
    BY_ACCEPT_RATE: lazy_gettext("How often each product is accepted, shrunken towards the average."),
    BY_AFFINITY: lazy_gettext("Learned from what customers hold together; nothing is known of acceptances yet."),
    BY_VALUE: lazy_gettext("No model: offers are ordered by what they are worth."),
}

MODEL_STATUSES: Final[Mapping[str, Any]] = {
    "active": lazy_gettext("In use"),
    "candidate": lazy_gettext("Not in use"),
    "former": lazy_gettext("Served before"),
    "damaged": lazy_gettext("Damaged"),
}

TRAINING_STATUSES: Final[Mapping[str, Any]] = {
    "queued": lazy_gettext("Queued"),
    "running": lazy_gettext("Running"),
    "finished": lazy_gettext("Finished"),
    "failed": lazy_gettext("Failed"),
    "cancelled": lazy_gettext("Cancelled"),
}

STEPS: Final[Mapping[str, Any]] = {
    "reading": lazy_gettext("Reading what was offered and answered"),
    "fitting": lazy_gettext("Learning from the earlier part"),
    "checking": lazy_gettext("Checking it against the later part"),
    "fitting_all": lazy_gettext("Learning from all of it"),
    "saving": lazy_gettext("Keeping the model"),
}
"""What a training does, in this order."""

EVENTS: Final[Mapping[str, Any]] = {
    "shown": lazy_gettext("Shown"),
    "clicked": lazy_gettext("Clicked"),
    "accepted": lazy_gettext("Accepted"),
    "declined": lazy_gettext("Declined"),
    "held": lazy_gettext("Owned"),
}

ARMS: Final[Mapping[str, Any]] = {
    "softmax": lazy_gettext("Mostly best first"),
    "uniform": lazy_gettext("By chance"),
    "silent": lazy_gettext("No offer"),
}
"""The arms of the exploration (scoring/exploring.py)."""

_EXCLUSIONS: Final[Mapping[str, Any]] = {
    "already_owned": lazy_gettext("Already owned"),
    "not_a_candidate": lazy_gettext("Not among the candidates"),
    "not_found": lazy_gettext("Not in the catalog"),
    "customer_limit": lazy_gettext("Limit per customer"),
    "declined": lazy_gettext("Declined before"),
    "opted_out": lazy_gettext("Opted out"),
    "no_consent": lazy_gettext("No consent"),
    "contact_cap": lazy_gettext("Contacted often enough"),
}

_UNLIMITED: Final = ".unlimited"
_COLUMNS: Final[Mapping[str, Any]] = {
    key.replace("_", " "): words
    for key, words in (
        *((key, FIELD_LABELS[key]) for key in ("product_type", "payment_mode", "billing_cycle", "category", "price")),
        *FEATURE_LABELS.items(),
        *((fact.key, fact.label) for fact in FACTS if fact.key != "payment_mode"),
        ("number_of_products_held", lazy_gettext("Number of products held")),
    )
}
"""What people call the columns of a model, by the name that it gives them."""
_LEVELS: Final[Mapping[str, Any]] = {
    "not told": lazy_gettext("not told"),
    "rare": lazy_gettext("one that is rare"),
    _UNLIMITED: lazy_gettext("unlimited"),
}


def exclusion_words(code: str) -> str:
    """Return the name of a reason not to offer: one of ours, or a check of eligibility."""
    own = _EXCLUSIONS.get(code)
    return check_label(code) if own is None else str(own)


def column_words(label: str, segments: Mapping[str, str]) -> str:
    """Return what a column of a model is about, in words of pages: "Segments: high-value" is "Segments: High value"."""
    for folder in ("Product: ", "Features.", "Attributes."):
        label = label.removeprefix(folder)
    name, _, level = label.partition(": ")
    if name.endswith(_UNLIMITED):
        name, level = name.removesuffix(_UNLIMITED), _UNLIMITED
    words = str(_COLUMNS.get(name.lower()) or name[:1].upper() + name[1:])
    return f"{words}: {_LEVELS.get(level) or segments.get(level) or term(level)}" if level else words


def step_number(step: str | None) -> int:
    """Return how many steps are behind a training."""
    return list(STEPS).index(step) if step is not None and step in STEPS else 0


def step_words(step: str | None) -> str:
    """Return what a training does now."""
    return str(STEPS.get(step or "", gettext("Beginning")))


def basis_words(basis: str) -> str:
    """Return what an answer rests on."""
    return str(BASES.get(basis, basis))


def arm_words(arm: str | None) -> str:
    """Return which arm of the exploration decided."""
    return str(gettext("None")) if arm is None else str(ARMS.get(arm, arm))
