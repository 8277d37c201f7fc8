"""Errors, classed by what the caller can do about them.

A message says what happened, where, and what to do next. None of them ever carries a secret.
"""

from collections.abc import Mapping


class CatalogError(Exception):
    """Anything this product raises on purpose."""


class MappingError(CatalogError):
    """One record of a source cannot be used; it is set aside and the run goes on."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class RetriableError(CatalogError):
    """A source failed in a way that may pass; try again later, after `retry_after` seconds if it said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FatalError(CatalogError):
    """A run cannot go on; an operator has to act."""


class RuleError(CatalogError):
    """What a person or a client sent breaks rules: `errors` maps each field to a sentence that says how."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


class NotFoundError(CatalogError):
    """What was asked for does not exist, or no longer."""


class ConflictError(CatalogError):
    """The request is fine, but the present state forbids it."""


class StaleError(CatalogError):
    """Somebody changed it meanwhile; `current_version` is what stands now."""

    def __init__(self, message: str, *, current_version: int) -> None:
        super().__init__(message)
        self.current_version = current_version
