"""TM Forum's words and ours: states of the lifecycle, kinds of price, and periods."""

from catalog_app.core.errors import RuleError
from catalog_app.products.terms import LIFECYCLE_STATUSES

DEFAULT_STATUS = "In Design"
"""The lifecycle status of what is made without one."""

DRAFTS = ("in_design", "in_test", "rejected")
"""The states of what was never on sale: only who may write sees it at this door."""

PUBLIC = tuple(status for status in LIFECYCLE_STATUSES if status not in DRAFTS)

_WORDS = {
    "in_design": DEFAULT_STATUS,
    "in_test": "In Test",
    "launched": "Launched",
    "suspended": "Suspended",
    "retired": "Retired",
    "obsolete": "Obsolete",
    "rejected": "Rejected",
}
_STATES = {"instudy": "in_design", "active": "launched"} | {
    word.lower().replace(" ", ""): status for status, word in _WORDS.items()
}
_PRICE_WORDS = {"recurring": "recurring", "one_time": "oneTime", "usage": "usage", "discount": "discount"}
_PRICE_TYPES = {
    "recurring": "recurring",
    "recurringcharge": "recurring",
    "onetime": "one_time",
    "onetimecharge": "one_time",
    "nonrecurring": "one_time",
    "usage": "usage",
    "usagecharge": "usage",
    "discount": "discount",
    "allowance": "discount",
}
# A billing cycle as a word, and as so many of a unit.
PERIODS = {
    "daily": ("day", ("day", 1)),
    "weekly": ("week", ("week", 1)),
    "monthly": ("month", ("month", 1)),
    "quarterly": ("quarter", ("month", 3)),
    "yearly": ("year", ("year", 1)),
}
_CYCLES = {
    ("day", 1): "daily",
    ("day", 7): "weekly",
    ("day", 30): "monthly",
    ("week", 1): "weekly",
    ("month", 1): "monthly",
    ("month", 3): "quarterly",
    ("month", 12): "yearly",
    ("quarter", 1): "quarterly",
    ("year", 1): "yearly",
}
_UNITS = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
}


def status_of(word: str) -> str:
    """Return the state that a word stands for; raise RuleError for a word that stands for none."""
    status = _STATES.get(_bare(word))
    if status is None:
        known = ", ".join(sorted({"In Study", "Active", *_WORDS.values()}))
        raise RuleError({"lifecycleStatus": f"There is no lifecycle status {word[:50]!r}. There are {known}."})
    return status


def word_of(status: str) -> str:
    """Return the word for a state where nobody wrote another."""
    return _WORDS[status]


def price_type_of(word: str) -> str:
    """Return our type of price; raise ValueError for a word that names none."""
    kind = _PRICE_TYPES.get(_bare(word))
    if kind is None:
        raise ValueError(f"There is no price type {word[:50]!r}. There are {', '.join(_PRICE_WORDS.values())}.")
    return kind


def price_word_of(price_type: str) -> str:
    return _PRICE_WORDS[price_type]


def billing_cycle_of(unit: str, length: int) -> str:
    """Return the billing cycle of so many units, such as 3 of "month"; raise ValueError for one that we do not bill in."""
    bare = _bare(unit)
    cycle = _CYCLES.get((_UNITS.get(bare, bare.removesuffix("s")), length))
    if cycle is None:
        raise ValueError(f"A period of {length} {unit[:50]!r} cannot be kept; use day, week, month, quarter or year.")
    return cycle


def _bare(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter not in " _-")
