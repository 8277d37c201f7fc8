"""Routes and templates are compiled once for all applications of a test process; nearly every test makes one.

Werkzeug writes and compiles two small functions for each route, which build addresses, and Jinja a module for each
template. Both depend on what the route and the template say, and on nothing of the application.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class _KeptInMemory(BytecodeCache):
    """What templates were compiled to, by their name and what they say."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all applications share what was compiled for the first of them."""
    compile_builder = Rule._compile_builder
    made: dict[Any, Builder] = {}

    def shared(rule: Rule, append_unknown: bool = True) -> Builder:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", shared)
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _KeptInMemory()})
        yield
