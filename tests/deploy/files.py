"""The files of deploy/ as tests look at them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from catalog_app.settings import ROOT

DEPLOY: Final = ROOT / "deploy"
CONTAINERFILE: Final = DEPLOY / "container" / "Containerfile"
COMPOSE: Final = DEPLOY / "container" / "compose.yml"
UNITS: Final = tuple(sorted((DEPLOY / "systemd").glob("*.service")))
ALERTS: Final = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD: Final = DEPLOY / "grafana" / "dashboard.json"
_INSTALLED: Final = "/opt/product-catalog/.venv/bin/"
_INSTRUCTION: Final = re.compile(r"^([A-Z]+)\s+((?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Instruction:
    """One line of a Containerfile, its continuation lines with it; `stage` counts from 0."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Return the words of a command that is written as JSON, of others as a shell would part them."""
        if (bracket := self.text.find("[")) >= 0 and self.name in ("CMD", "RUN", "HEALTHCHECK", "VOLUME"):
            listed: list[str] = orjson.loads(self.text[bracket:])
            return listed
        return shlex.split(self.text.replace("\\\n", " "))


@cache
def instructions() -> tuple[Instruction, ...]:
    found, stage = [], -1
    lines = "\n".join(
        line for line in CONTAINERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    for match in _INSTRUCTION.finditer(lines):
        stage += match[1] == "FROM"
        found.append(Instruction(stage, match[1], match[2]))
    return tuple(found)


def of_the_image(name: str) -> list[Instruction]:
    """Return the instructions of this name in the last stage: only what that one says is in the image."""
    last = instructions()[-1].stage
    return [one for one in instructions() if one.name == name and one.stage == last]


@cache
def compose() -> dict[str, Any]:
    """Return the compose file with its anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def our_services() -> dict[str, dict[str, Any]]:
    """Return the services that run our image."""
    return {name: one for name, one in compose()["services"].items() if one["image"].startswith("product-catalog:")}


def unit(path: Path) -> dict[str, list[str]]:
    """Return every setting of a unit with the values that it is given, section by section forgotten."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@dataclass(frozen=True)
class Start:
    """A command that a file starts a role with; programs of ours by their bare name."""

    where: str
    words: tuple[str, ...]


def starts() -> Iterator[Start]:
    """Yield every start command of the files."""
    (image,) = of_the_image("CMD")
    yield Start("Containerfile", tuple(image.words))
    for name, service in our_services().items():
        yield Start(f"compose {name}", tuple(service.get("command", image.words)))
    for path in UNITS:
        (line,) = unit(path)["ExecStart"]
        words = shlex.split(line.replace(_INSTALLED, "").replace("$$", "$").replace("%%", "%"))
        yield Start(path.stem, tuple(words))
