"""Records that lie within others, brought to the top with what they came from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog_app.core.http import Answer, FetchFailedError

from .casts import moment
from .paths import Getter, PathError, compile_path
from .record_rules import SpreadRules
from .rewriting import decoded, rewritten
from .text import CastError

_ADVICE = "Check the base URL and the preset of this system: something else than its product list may answer there"
PARENT = "parent"


class Spreading:
    """Turns an answer of nested records into one that is a plain list of them."""

    def __init__(self, rules: SpreadRules, now: Callable[[], datetime]) -> None:
        self._newest = compile_path(rules.newest) if rules.newest else None
        self._steps = tuple(_Step(path) for path in rules.steps)
        self._now = now

    def __call__(self, answer: Answer) -> Answer:
        """Return the answer with its records spread; raise FetchFailedError for one that is no list of objects."""
        body = decoded(answer)
        if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
            raise FetchFailedError("its answer holds no list of objects", _ADVICE)
        records: list[Any] = body if self._newest is None else _newest(body, self._newest, self._now())
        for step in self._steps:
            records = [inner for outer in records for inner in step(outer)]
        return replace(answer, body=rewritten(records))


class _Step:
    """Leads from an object to the list within it; its parent is told without that list."""

    def __init__(self, path: str) -> None:
        self._find = compile_path(path)
        self._list = path.partition(".")[0]

    def __call__(self, outer: Any) -> list[Any]:
        # What has no place for the list says nothing of what is in it, and must not pass for something that has none.
        if not isinstance(outer, dict) or self._list not in outer:
            raise FetchFailedError(f"its answer holds no list of {self._list}", _ADVICE)
        found = self._find(outer)
        if found is None:
            return []
        if not isinstance(found, list):
            raise FetchFailedError(f"its answer holds no list of {self._list}", _ADVICE)
        parent = {key: value for key, value in outer.items() if key != self._list}
        return [{**inner, PARENT: parent} if isinstance(inner, dict) else inner for inner in found]


def items_of(record: Any, steps: tuple[Getter, ...]) -> Any:
    """Return what several steps lead to from a record, each item knowing what it was found in.

    A single object counts as a list of one; anything else than a list or an object is returned as it is.
    """
    outers: list[Any] = [record]
    for number, step in enumerate(steps):
        inners: list[Any] = []
        for outer in outers:
            found = step(outer)
            if isinstance(found, dict):
                found = [found]
            if found is None:
                continue
            if not isinstance(found, list):
                return found
            inners += [{**item, PARENT: outer} if isinstance(item, dict) else item for item in found]
        if not inners and number == 0:
            return None
        outers = inners
    return outers


def _newest(versions: list[Any], at: Getter, now: datetime) -> list[Any]:
    """Return the newest version that holds already; none if all are still to come."""
    try:
        dated = [(moment(at(version)), version) for version in versions]
    except (CastError, PathError):
        raise FetchFailedError("a version in its answer does not say since when it holds", _ADVICE) from None
    holding = [(since, version) for since, version in dated if since <= now]
    return [max(holding, key=lambda pair: pair[0])[1]] if holding else []
