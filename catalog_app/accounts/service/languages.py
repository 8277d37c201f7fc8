"""The language that a person reads the pages in."""

from catalog_app.accounts.service.preferences import prefer, preference

_KEY = "language"


def language_of(user_id: int) -> str | None:
    """Return the language that a person chose, None where they never did."""
    chosen = preference(user_id, _KEY)
    return chosen if isinstance(chosen, str) else None


def choose_language(user_id: int, language: str) -> None:
    """Remember it for every device of theirs; others follow at their next sign-in."""
    prefer(user_id, _KEY, language)
