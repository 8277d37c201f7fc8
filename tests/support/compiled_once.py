"""What all applications of a test process compile alike is compiled once; nearly every test makes one.

Werkzeug reads each route and writes two small functions for it, which build addresses; Jinja makes a module of each
template, and SQLAlchemy a text of each statement. All of it depends on what the route, the template and the statement
say, and on nothing of the application.
"""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, MethodType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Dialect, Engine
from werkzeug.routing import Rule
from werkzeug.routing import map as map_of_routes
from werkzeug.routing.matcher import StateMachineMatcher

Found = tuple[Rule, MutableMapping[str, Any]]
Builder = Callable[..., tuple[str, str]]


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all applications share what was compiled for the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", _routes_once(Rule.compile))
        patch.setattr(map_of_routes, "StateMachineMatcher", _matchers_once())
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _KeptInMemory()})
        patch.setattr(Dialect, "engine_created", classmethod(_statements_once()))
        yield


@dataclass(frozen=True)
class _Compiled:
    """What a route is compiled to. Its converters say how text is read, and look at no map of routes."""

    parts: list[Any]
    trace: list[tuple[bool, str]]
    converters: dict[str, Any]
    build: Builder
    build_unknown: Builder

    @classmethod
    def of(cls, rule: Rule) -> "_Compiled":
        bound = rule._build, rule._build_unknown
        return cls(rule._parts, rule._trace, rule._converters, *(one.__func__ for one in bound))  # type: ignore[attr-defined]

    def give_to(self, rule: Rule) -> None:
        rule._parts, rule._trace, rule._converters = self.parts, self.trace, self.converters
        rule.arguments |= self.converters.keys()
        rule._build = MethodType(self.build, rule)
        rule._build_unknown = MethodType(self.build_unknown, rule)


def _routes_once(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    made: dict[Any, _Compiled] = {}

    def compiled(rule: Rule) -> None:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        place = rule.host, rule.subdomain, rule.map.host_matching, rule.merge_slashes
        key = (rule.rule, defaults, place, tuple(rule.map.converters.items()))
        if key in made:
            made[key].give_to(rule)
        else:
            compile_rule(rule)
            made[key] = _Compiled.of(rule)

    return compiled


def _matchers_once() -> type[StateMachineMatcher]:
    """Return a matcher that looks in the tree of the first application whose routes are the same, in the same order."""
    made: dict[tuple[object, ...], tuple[StateMachineMatcher, dict[int, int]]] = {}

    class Matcher(StateMachineMatcher):
        def __init__(self, merge_slashes: bool) -> None:
            self.merge_slashes = merge_slashes
            self._rules: list[Rule] = []
            self._shared: tuple[StateMachineMatcher, dict[int, int]] | None = None

        def add(self, rule: Rule) -> None:
            self._rules.append(rule)
            self._shared = None

        def update(self) -> None:
            """Do nothing before somebody asks for an address."""

        def match(self, domain: str, path: str, method: str, websocket: bool) -> Found:
            if self._shared is None:
                key = (self.merge_slashes, *map(_kind_of, self._rules))
                if key not in made:
                    made[key] = _tree(self._rules, self.merge_slashes)
                self._shared = made[key]
            tree, places = self._shared
            found, values = tree.match(domain, path, method, websocket)
            return self._rules[places[id(found)]], values

    return Matcher


def _tree(rules: list[Rule], merge_slashes: bool) -> tuple[StateMachineMatcher, dict[int, int]]:
    """Return a matcher of these rules, and the place of each by its identity; the matcher keeps them alive."""
    tree = StateMachineMatcher(merge_slashes)
    for rule in rules:
        tree.add(rule)
    tree.update()
    return tree, {id(rule): place for place, rule in enumerate(rules)}


def _kind_of(rule: Rule) -> tuple[object, ...]:
    """Return all that the tree looks at: what two rules with the same kind are asked for is answered alike."""
    # What a rule is compiled to is shared, and kept for as long as tests run.
    compiled = id(rule._parts), id(rule._converters)
    methods = frozenset(rule.methods) if rule.methods is not None else None
    defaults = tuple(sorted((rule.defaults or {}).items()))
    return (
        *compiled,
        methods,
        rule.endpoint,
        defaults,
        rule.websocket,
        rule.strict_slashes,
        rule.merge_slashes,
        rule.alias,
    )


class _KeptInMemory(BytecodeCache):
    """What templates were compiled to, by their name and what they say."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


def _statements_once() -> Callable[[type[Dialect], Engine], None]:
    """Let engines of the same dialect and the same JSON share it, and with it the statements compiled for it.

    A dialect asks the server what it can when its first connection is made. One server answers all tests: it is asked once.
    """
    shared: dict[Any, _Shared] = {}

    def made(kind: type[Dialect], engine: Engine) -> None:
        dialect: Any = engine.dialect
        key = (kind, dialect.paramstyle, dialect._json_serializer, dialect._json_deserializer)
        shared.setdefault(key, _Shared(dialect, engine._compiled_cache)).give_to(engine)

    return made


class _Shared:
    def __init__(self, dialect: Dialect, cache: Any) -> None:
        self._dialect = dialect
        self._cache = cache
        self._initialize = dialect.initialize
        self._asked = False
        cache.capacity = 5_000

    def give_to(self, engine: Engine) -> None:
        # The engine's pool goes on with the dialect that it was made with.
        engine.dialect.initialize = self._once  # type: ignore[method-assign]
        engine.dialect = self._dialect
        engine._compiled_cache = self._cache

    def _once(self, connection: Connection) -> None:
        if not self._asked:
            self._initialize(connection)
            self._asked = True
