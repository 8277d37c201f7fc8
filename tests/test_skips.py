"""The rule that no test is skipped in silence, tried on a test run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog_app.settings import ROOT
from tests.support.skips import NO_SHARED_DATA

A_TEST = "import pytest\n\n@pytest.mark.skip({reason!r})\ndef test_skipped() -> None: ...\n"
A_MODULE = "import pytest\n\npytest.skip({reason!r}, allow_module_level=True)\n"
FILES = {
    "test_of_known_reason.py": A_TEST.format(reason=NO_SHARED_DATA),
    "test_module_of_known_reason.py": A_MODULE.format(reason=NO_SHARED_DATA),
}
UNKNOWN = {
    "test_of_own_reason.py": A_TEST.format(reason="not today"),
    "test_module_of_own_reason.py": A_MODULE.format(reason="not today"),
}


@pytest.mark.parametrize(
    ("files", "ci", "refused"),
    [
        (FILES, "", set()),
        (FILES, "true", set(FILES)),
        (FILES | UNKNOWN, "", set(UNKNOWN)),
    ],
    ids=["known", "in CI", "unknown"],
)
def test_a_skip_passes_only_for_a_known_reason_and_never_in_ci(
    tmp_path: Path, files: dict[str, str], ci: str, refused: set[str]
) -> None:
    for name, body in {
        **files,
        "test_passing.py": "def test_passed() -> None: ...\n",
        "pytest.ini": "[pytest]",
    }.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    plugins = ["--disable-plugin-autoload", "-p", "xdist", "-p", "tests.support.skips"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "-n", "1", "."]
    environment = {**plain, "PYTHONPATH": str(ROOT), "CI": ci}

    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    told = [line for line in ended.stdout.splitlines() if line.startswith("SKIPPED AND SHOULD HAVE RUN")]
    assert {line.split()[5].partition(":")[0] for line in told} == refused
    assert ended.returncode == (1 if refused else 0)
