"""The lifecycle of a product: which state may follow which (domain.md, after TMF620)."""

from catalog_app.core.errors import RuleError, Sentence

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "in_design": ("in_test", "launched", "rejected"),
    "in_test": ("launched", "in_design", "rejected"),
    "launched": ("suspended", "retired"),
    "suspended": ("launched", "retired"),
    "retired": ("launched", "obsolete"),
    "obsolete": (),
    "rejected": (),
}
NEEDS_REASON = {("retired", "launched")}


def check_transition(before: str, after: str, reason: str | None) -> None:
    """Raise RuleError where a person may not move a product from `before` to `after`.

    What a source brings is taken whatever this table says; it does not come through here.
    """
    if before == after:
        return
    if after not in TRANSITIONS[before]:
        allowed = ", ".join(TRANSITIONS[before]) or "nothing"
        raise RuleError(
            {
                "lifecycle_status": Sentence(
                    "A product that is %(before)s may become %(allowed)s, not %(after)s.",
                    before=before,
                    allowed=allowed,
                    after=after,
                )
            }
        )
    if (before, after) in NEEDS_REASON and not reason:
        raise RuleError({"status_reason": Sentence("Say why a retired product is sold again.")})


def status_for_alias(before: str, *, is_active: bool) -> str:
    """Return the status that writing the alias `is_active` asks for: it suspends or launches, else has no effect."""
    if is_active:
        return "launched" if "launched" in TRANSITIONS[before] else before
    return "suspended" if before == "launched" else before
