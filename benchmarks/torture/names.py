"""`names`: forty names that would run if anybody let them, on every page, in every export, message and answer."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.torture.ground import Finding
from catalog_app.settings import ROOT
from tests.support.hostile_names import HOSTILE_NAMES

WALKS = {
    "tests/browser/test_hostile_names.py": "every page, in a browser",
    "tests/products/tables": "exports and imports (CSV, XLSX, NDJSON)",
    "tests/campaigns/messages/test_hostile.py": "messages and their templates",
    "tests/sync/systems/test_hostile_records.py": "what a source says of itself",
    "tests/tmforum/test_hostile.py": "answers of the TM Forum door",
}


@dataclass(frozen=True)
class Told:
    """What one run of tests says: how many there were, how many did not pass, and what they noted down."""

    tests: int
    failed: int
    noted: dict[str, str]


def names() -> Iterator[Finding]:
    """Run the walks that the tests are, each by itself; nothing of a name may run, be asked for, or be made."""
    for place, words in WALKS.items():
        told = _run(place)
        noted = "".join(f", {value} {name}" for name, value in told.noted.items())
        figure = f"{told.failed} of {told.tests} tests failed{noted}"
        yield Finding(f"{len(HOSTILE_NAMES)} hostile names: {words}", figure, told.tests > 0 and not told.failed)


def _run(place: str) -> Told:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(  # noqa: S603  # our own program
            # The newer form of reports has no place for what tests note down, and pytest calls that a fault.
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={report}",
                place,
            ],
            cwd=ROOT,
            env={**inherited, "REQUIRE_BROWSER": "1"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        suite = ET.parse(report).getroot()  # noqa: S314  # pytest wrote it just now
    cases = list(suite.iter("testcase"))
    failed = sum(case.find(kind) is not None for case in cases for kind in ("failure", "error", "skipped"))
    named = [(str(one.get("name")), str(one.get("value"))) for one in suite.iter("property")]
    noted = {name: value for name, value in named if not name.startswith("hypothesis-")}
    return Told(len(cases), failed, noted)
