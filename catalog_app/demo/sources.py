"""The systems of the demo: which stand-in plays each, and the credentials that both sides are given."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from catalog_app.core.errors import FatalError
from catalog_app.demo import environment
from catalog_app.settings import PREFIX, ROOT

STANDIN = "STANDIN_"


@dataclass(frozen=True)
class DemoSource:
    """One system of the demo. `credentials` are the names that the settings and the stand-in both know."""

    key: str
    standin: str
    preset: str
    credentials: tuple[str, ...]

    def variable(self, name: str) -> str:
        """Return the setting of this system by the name that follows its key."""
        return f"{PREFIX}{self.key.upper()}_{name}"


SOURCES = (
    DemoSource("xiva", "xiva", "tmf620", ("USERNAME", "PASSWORD")),
    DemoSource("crm", "salesforce", "salesforce", ("CLIENT_ID", "CLIENT_SECRET")),
    DemoSource("billing", "killbill", "killbill", ("USERNAME", "PASSWORD", "API_KEY", "API_SECRET")),
)


def start_all(values: dict[str, str], *, products: int | None) -> list[IO[bytes]]:
    """Start every stand-in, note where each listens, and return the pipes whose closing ends them.

    `products` is how many Xiva lists; the others have what is written for them.
    """
    running = [(source, _start(source, values, products)) for source in SOURCES]
    pipes = []
    for source, process in running:
        if process.stdin is None or process.stdout is None:
            raise FatalError(f"The stand-in for {source.key} has no pipes.")
        listening = process.stdout.readline()
        if not listening:
            raise FatalError(f"The stand-in for {source.key} did not start; its own words are above.")
        values[source.variable("BASE_URL")] = json.loads(listening)["base_url"]
        values[source.variable("PRESET")] = source.preset
        pipes.append(process.stdin)
    environment.write(values)
    return pipes


def _start(source: DemoSource, values: Mapping[str, str], products: int | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "catalog_app.demo.standin", source.standin]
    if source.key == "xiva":
        command += ["--username", values[source.variable("USERNAME")]]
        command += ["--products", str(products)] if products is not None else []
    secrets = {STANDIN + name: values[source.variable(name)] for name in source.credentials}
    secrets[STANDIN + "SECRET"] = values[environment.DEMO_SECRET]
    return subprocess.Popen(  # noqa: S603  # our own program, no word of it from outside
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **secrets},
    )
