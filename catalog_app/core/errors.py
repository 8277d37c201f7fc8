"""Errors, classed by what the caller can do about them.

A message says what happened, where, and what to do next. None of them ever carries a secret.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

INVALID: Final = "invalid"
"""The code of a fault of which nothing more is known than that there is one."""


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


class Sentence(str):
    """An English sentence that remembers what it was made from: a page says it in its reader's language.

    `template` holds its values as "%(name)s". For programs and logs it is a text like any other.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        sentence = super().__new__(cls, template % values if values else template)
        sentence.template = template
        sentence.values = values
        return sentence

    def __str__(self) -> str:
        """Return the sentence itself, so that it stays what it is inside an exception too."""
        return self


class Keys(str):
    """The short strings among which a sentence lets choose, as programs write them; pages say the words for them."""

    __slots__ = ("keys",)

    keys: tuple[str, ...]

    def __new__(cls, text: str, keys: Iterable[str]) -> Self:
        listed = super().__new__(cls, text)
        listed.keys = tuple(keys)
        return listed


class Fault(Sentence):
    """A sentence that says how a value breaks a rule, and by `code` to programs which kind of rule it is."""

    __slots__ = ("code",)

    code: str

    def __new__(cls, code: str, template: str, **values: Any) -> Self:
        fault = super().__new__(cls, template, **values)
        fault.code = code
        return fault

    @staticmethod
    def code_of(sentence: str) -> str:
        """Return the kind of fault that a sentence tells of; "invalid" where nobody said more."""
        return sentence.code if isinstance(sentence, Fault) else INVALID


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
