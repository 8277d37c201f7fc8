"""The query of a request to the JSON API: each parameter is known, or the answer is 400 and says which there are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from http import HTTPStatus

from flask import abort, request

from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.problems import problem

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True)
class Query:
    """The parameters of a request with every value each was given."""

    parameters: Mapping[str, Sequence[str]]

    @classmethod
    def taking(cls, *known: str) -> "Query":
        """Return the query of this request, which may hold these parameters and no other."""
        parameters = {name: tuple(values) for name, values in request.args.lists()}
        if unknown := [name for name in parameters if name not in known]:
            _refuse(unknown, known)
        return cls(parameters)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that may stand once; blank is what an untouched form field sends."""
        values = [value.strip() for value in self.parameters.get(name, ()) if value.strip()]
        if len(values) > 1:
            raise RuleError({name: Fault("repeated", "Give this once.")})
        return values[0] if values else None

    def every(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter that may be repeated, without blank ones."""
        return tuple(value.strip() for value in self.parameters.get(name, ()) if value.strip())

    def limit(self, default: int = DEFAULT_LIMIT, *, most: int = MAX_LIMIT) -> int:
        """Return how many results a page holds."""
        text = self.one("limit")
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 0 < int(text) <= most):
            raise RuleError({"limit": Fault("malformed", f"Use a whole number from 1 to {most}.")})
        return int(text)


@contextmanager
def about_the_query() -> Iterator[None]:
    """Answer 400 for every rule broken inside: what is wrong there is the address, not a field of a product."""
    try:
        yield
    except RuleError as error:
        detail = "Some parameters of this address cannot be used."
        abort(problem(HTTPStatus.BAD_REQUEST, detail, errors=error.errors))


def _refuse(unknown: Sequence[str], known: Collection[str]) -> None:
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    errors = {name: _hint(name, known) for name in unknown}
    abort(problem(HTTPStatus.BAD_REQUEST, f"This address has no parameter {unknown[0]!r}. {takes}", errors=errors))


def _hint(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name[:50], known, n=1)
    meant = f"; did you mean {near[0]}?" if near else "."
    return Fault("unknown", f"There is no such parameter{meant}")
