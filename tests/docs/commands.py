"""What the guides let a reader type, and what is different here than on the reader's machine: one table.

A block without a language is typed into a shell. Where its lines begin with `$`, what follows one is its answer. All
blocks of a page make one script, in which every command stands on the line that it has on the page. Each program is in
exactly one of REPORTED, REAL, and NOT_RUN, or the shell does not find it and the page is wrong.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.docs.guide import DOCS, GUIDES, ROOT, Block, blocks

CLONE: Final = "opt/product-catalog"
"""Where the machine has the project; each block begins there, as when a reader opens the page at that place."""
PAGES: Final = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))

REPORTED: Final = ("flask", "granian", "python", "curl", "make", "runuser", "pip")
"""Run in this process, or looked at closely: see installation.py."""
REAL: Final = ("cat", "chmod", "cp", "cut", "grep", "ln", "mkdir", "openssl", "rm", "sed", "tee")
NOT_RUN: Final[Mapping[str, str]] = {
    "apt-get": "installs packages of the machine",
    "chown": "gives files to users that are not here",
    "createdb": "makes a database on the page's server; here one is there",
    "createuser": "makes a role on the page's server; here one is there",
    "git": "fetches what is here already",
    "install": "copies files for users that are not here",
    "nginx": "looks at the machine's proxy",
    "podman": "no container engine is here; tests of deploy/ run what the container starts",
    "scp": "copies to another machine",
    "systemctl": "rules the services of the machine; tests of deploy/ run what they start",
    "useradd": "makes a user of the machine",
}
ENDLESS: Final = ("scheduler", "worker")
"""Commands that go on until they are stopped: only what they are given is looked at, as with granian."""
NUMBERS: Final[Mapping[tuple[str, ...], str]] = {
    ("sync", "show"): "applied",
    ("sync", "apply"): "held",
    ("sync", "reject"): "held",
    ("sync", "cancel"): "queued",
    ("sync", "undo"): "applied",
    ("sync", "retry"): "with rejects",
}
"""Commands that name a run, and in which state the one has to be that takes the place of the page's."""
REFUSED: Final[Mapping[tuple[str, ...], str]] = {
    ("nbo", "activate"): "There is no model",
    ("nbo", "rollback"): "No other model",
}
"""What a new installation refuses, because it has learned nothing yet: by the beginning of the command, what it says."""
FOUND_HERE: Final = frozenset({"nobody-beats", "sources-on-this-machine"})
"""What `doctor` finds wrong with a test: no process of it serves, and its source is on this machine."""
TYPED: Final = ("", "sh")
"""What stands behind the fence of a block that is typed into a shell."""
LANGUAGES: Final[Mapping[str, str]] = {
    "http": "what arrives at the reader's own server",
    "liquid": "the text of a message; tests of campaigns render it",
    "ini": "a file for the reader to keep",
    "nginx": "the proxy's configuration; test_commands.py looks at its headers",
    "python": "code to copy from; the tests are full of it",
    "sql": "a question for the reader's own database",
    "text": "something to look at, or to type elsewhere",
}
"""Blocks that are no commands, and why that is so."""

MACHINE: Final[tuple[tuple[str, str], ...]] = (
    ("https://bss.operator.example/tmf-api", "{source}"),
    ("https://bss.example/api", "{source}"),
    ("https://api.stripe.com", "{stripe}"),
    ("postgresql://catalog:$DB_PASSWORD@10.0.0.10/catalog?sslmode=require", "{database}"),
    ("redis://:$REDIS_PASSWORD@10.0.0.10:6379/0", "memory://"),
    *((place, "{folder}" + place) for place in ("/opt/", "/etc/", "/root/", "/run/", "/usr/local/", "/var/")),
)
"""What is different on each machine, as the pages write it and as it is here."""


def script_of(page: Path) -> str:
    """Return every command of a page, each on its line; empty where it has none."""
    lines = [""] * page.read_text(encoding="utf-8").count("\n")
    for block in blocks(page):
        if block.language in TYPED and (typed := list(_commands(block))):
            # On the line of the fence, so that every other one keeps its number.
            lines[block.line - 2] = f"cd /{CLONE}"
            for place, line in typed:
                lines[block.line - 1 + place] = line
    return "\n".join(lines) if any(lines) else ""


def here(script: str, variables: Mapping[str, str]) -> str:
    """Return the script with what is different on each machine as it is on this one."""
    # In one go: what stands in place of one thing may look like another.
    written = re.compile("|".join(re.escape(there) for there, _ in MACHINE))
    instead = {there: ours.format_map(variables) for there, ours in MACHINE}
    return written.sub(lambda found: instead[found[0]], script)


def _commands(block: Block) -> Iterator[tuple[int, str]]:
    lines = block.text.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        yield from enumerate(lines)
        return
    is_typed = False
    for place, line in enumerate(lines):
        if line.startswith("$ "):
            # What a guide asks over HTTP is sent by test_guides.py, and its answer compared.
            is_typed = not (line.startswith("$ curl ") and block.page in GUIDES)
            line = line.removeprefix("$ ")  # noqa: PLW2901
        elif not (is_typed and lines[place - 1].endswith("\\")):
            continue
        if is_typed:
            yield place, line
