"""`histories`: random histories of three clients; each product's can have happened in one order, and the audit tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, seed, settings

from benchmarks.torture.clients import CLIENTS, Client, Scene, Step, scripts
from benchmarks.torture.ground import SEED, Finding, ground
from benchmarks.torture.linear import COMPARED, faults
from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from tests.support.api import Program


@dataclass
class Played:
    """How much was played."""

    histories: int = 0
    operations: int = 0
    refused: int = 0


def histories(database: str, *, times: int) -> Iterator[Finding]:
    """Play so many; one that cannot have been is made as short as it gets, and told."""
    played, told = Played(), ""
    with ground(database, []) as there:
        app = there.app()
        with app.app_context():
            clients = [Client(app, number) for number in range(CLIENTS)]
            db.session.remove()

            @seed(SEED)
            @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(script=scripts())
            def holds(script: list[list[Step]]) -> None:
                wrong = play(app, there.source, clients, script, played)
                assert not wrong, "\n".join(wrong)

            try:
                holds()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is the finding
                told = f"{type(error).__name__}: {error}"
                print(told)
            db.engine.dispose()
    figure = f"{played.operations:,} operations, {played.refused:,} of them refused; " + (
        "one is not" if told else "all are"
    )
    yield Finding(
        f"{played.histories} histories of {CLIENTS} clients in one order, audit and feed, {database}", figure, not told
    )


def play(
    app: Flask, source: XivaStandin, clients: list[Client], script: list[list[Step]], played: Played | None = None
) -> list[str]:
    """Play one history on an emptied catalogue and return what is wrong with it, with audit and feed."""
    scene = Scene(app, source)
    scene.begin()
    follower = Follower(clients[0].program)
    follower.look()
    scene.play(script, clients)
    if played is not None:
        played.histories += 1
        played.operations += len(scene.history) + len(scene.runs) - 1
        played.refused += sum(one.version is None for one in scene.history)
    present = scene.present()
    return [
        *faults(scene.history, scene.changes(), scene.runs, present),
        *_followed(follower, present),
        *_followed(Follower(clients[0].program), present),
    ]


class Follower:
    """Keeps a copy of the catalogue by the change feed."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._address = "/products/changes/?limit=7"
        self.copy: dict[int, dict[str, Any]] = {}

    def look(self) -> bool:
        """Read one page; return whether more waits."""
        answer = self._program.get(self._address)
        page = answer.json
        for entry in page["results"]:
            self.copy.pop(entry["id"], None)
            if entry["product"] is not None:
                self.copy[entry["id"]] = {**entry["product"], "version": entry["version"]}
        self._address = page["next"]
        return bool(page["has_more"])


def _followed(follower: Follower, present: dict[int, dict[str, Any]]) -> list[str]:
    """Return where a follower of the feed has another catalogue than there is."""
    while follower.look():
        pass
    living = {number: state for number, state in present.items() if state["deleted_at"] is None}
    if follower.copy.keys() != living.keys():
        return [f"the feed tells of {sorted(follower.copy)}, there are {sorted(living)}"]
    return [
        f"product {number}: {name} is {state[name]!r}, by the feed {follower.copy[number][name]!r}"
        for number, state in living.items()
        for name in (*COMPARED, "version")
        if follower.copy[number][name] != state[name]
    ]
