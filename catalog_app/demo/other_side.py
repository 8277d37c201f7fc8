"""The demo's hand on the stand-ins: what each of them does now, and what it can be told to do.

A stand-in has a control door on its own loopback port (demo/standin/control.py). It opens only to the secret that the
demo made up, and exists only in a demo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

from catalog_app.core.errors import FatalError, RuleError

SECONDS: Final = 5
DOOR: Final = "/_standin/"
HEADER: Final = "X-Standin-Secret"


@dataclass(frozen=True)
class Switch:
    """One thing that a stand-in can be told."""

    key: str
    label: str


@dataclass(frozen=True)
class OtherSide:
    """What a stand-in is doing: how many products it lists, and in which way it misbehaves, if in any."""

    system: str
    products: int
    fault: str | None
    faults: tuple[Switch, ...]
    actions: tuple[Switch, ...]

    @property
    def fault_label(self) -> str | None:
        return next((switch.label for switch in self.faults if switch.key == self.fault), self.fault)


class ControlDoor:
    """Talks to the stand-in at `base_url`; raises FatalError where nothing answers there any more."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._url = base_url.rstrip("/") + DOOR
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers[HEADER] = secret

    def look(self) -> OtherSide:
        """Return what the stand-in does now."""
        return self._told("GET")

    def misbehave(self, fault: str | None) -> OtherSide:
        """Turn one fault on, or all off; raises RuleError for a fault that it does not know."""
        return self._told("POST", {"fault": fault})

    def act(self, action: str) -> OtherSide:
        """Change the stand-in's products in one of its ways; raises RuleError for a way that it does not know."""
        return self._told("POST", {"action": action})

    def _told(self, method: str, body: Mapping[str, str | None] | None = None) -> OtherSide:
        try:
            answer = self._session.request(method, self._url, json=body, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException:
            raise FatalError("The stand-in does not answer any more. Start the demo again.") from None
        if answer.status_code == requests.codes.unprocessable_entity:
            raise RuleError({"form": "The stand-in does not know how to do that."})
        if answer.status_code != requests.codes.ok:
            raise FatalError(f"The stand-in refused ({answer.status_code}). Start the demo again.")
        return _read(answer.json())


def _read(told: Mapping[str, Any]) -> OtherSide:
    return OtherSide(
        system=told["system"],
        products=told["products"],
        fault=told["fault"],
        faults=tuple(Switch(**switch) for switch in told["faults"]),
        actions=tuple(Switch(**switch) for switch in told["actions"]),
    )
