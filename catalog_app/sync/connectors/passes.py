"""What is asked of a source: one pass over its listing, or one for each value of a parameter, all or changes only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from catalog_app.core.http import FetchRequest, StrictFetcher

from .paging.pages import with_values
from .paging_rules import Paging
from .params import SINCE, filled
from .preset import Preset
from .request_rules import PartitionRules, RequestRules

_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Before any change that a source can still tell of, and late enough for every way to write a time."""

_WRITERS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "iso": lambda moment: moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z",
    "sql": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "seconds": lambda moment: str(int(moment.timestamp())),
    "milliseconds": lambda moment: str(int(moment.timestamp()) * 1000 + moment.microsecond // 1000),
}


@dataclass(frozen=True)
class Pass:
    """One way through the listing: its request without any paging parameter, and how its pages follow each other."""

    request: FetchRequest
    paging: Paging


def passes(preset: Preset, fetcher: StrictFetcher, since: datetime | None) -> Iterator[Pass]:
    """Yield the passes that make up the listing; with `since`, those that make up its changes, if it can tell them."""
    rules = preset.incremental
    if rules is None or since is None:
        yield from _each(preset.request, preset.paging, preset.partitions, fetcher, {})
        return
    # A source may name a time before which there is none.
    begin = max(since.astimezone(UTC), _EARLIEST) - timedelta(seconds=rules.overlap)
    said = _WRITERS[rules.format](begin)
    # A request of its own knows nothing of the passes of the usual one.
    partitions = rules.partitions or (None if rules.request else preset.partitions)
    request = rules.request or _merged(preset.request, rules.params, rules.body)
    yield from _each(request, rules.paging or preset.paging, partitions, fetcher, {SINCE: said})


def opened(rules: RequestRules, fetcher: StrictFetcher, given: Mapping[str, str]) -> FetchRequest:
    """Return the request that the rules describe, with what is given in its places; what is empty is not sent."""
    return FetchRequest(
        rules.method,
        fetcher.origin.join(fetcher.base_url, filled(rules.path, given)),
        params=_without_empty(filled(rules.params, given)),
        headers=_without_empty(filled(rules.headers, given)),
        json=filled(rules.body, given),
    )


def _each(
    rules: RequestRules,
    paging: Paging,
    partitions: PartitionRules | None,
    fetcher: StrictFetcher,
    given: Mapping[str, str],
) -> Iterator[Pass]:
    request = opened(rules, fetcher, given)
    if partitions is None:
        yield Pass(request, paging)
        return
    for value in filled(partitions.values, given):
        yield Pass(with_values(request, {partitions.param: value}, partitions.place), paging)


def _merged(rules: RequestRules, params: Mapping[str, str], body: Mapping[str, Any]) -> RequestRules:
    return rules.model_copy(
        update={
            "params": {**rules.params, **params},
            "body": {**(rules.body or {}), **body} if rules.body is not None or body else None,
        }
    )


def _without_empty(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
