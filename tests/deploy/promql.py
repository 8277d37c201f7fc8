"""What an expression of PromQL asks for: which metrics, which labels of them, and what stands in the labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from promql_parser import VectorSelector, parse, walk

_VARIABLES: Final = {"$__rate_interval": "5m", "$instance": ".*"}


@dataclass(frozen=True)
class Asked:
    """One selector: the metric, and each matcher as label, operator and value."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Expression:
    """An expression that was parsed; `labels` are those that it groups by, or leaves out."""

    asked: tuple[Asked, ...]
    labels: frozenset[str]


def parsed(text: str) -> Expression:
    """Return what the expression asks for; raise ValueError where Prometheus could not read it."""
    for variable, value in _VARIABLES.items():
        text = text.replace(variable, value)
    found: list[Any] = []
    walk(parse(text), found.append)
    asked = tuple(_asked(node) for node in found if isinstance(node, VectorSelector))
    return Expression(asked, frozenset(_grouped(found)))


def _asked(node: Any) -> Asked:
    listed = tuple((one.name, str(one.op).rpartition(".")[2], one.value) for one in node.matchers.matchers)
    return Asked(node.name, listed)


def _grouped(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        modifier = getattr(node, "modifier", None)
        yield from getattr(modifier, "labels", ())
        yield from getattr(getattr(modifier, "matching", None), "labels", ())


def named_labels(sentence: str) -> set[str]:
    """Return the labels that the template of a sentence names."""
    return set(re.findall(r"\$labels\.(\w+)", sentence)) | set(re.findall(r"{{(\w+)}}", sentence))
