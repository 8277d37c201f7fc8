"""What a template may never do, whoever wrote it: reach anything, or take more than a moment and a little memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns.messages.hostile import HOSTILE

_SECONDS = 0.1
_BYTES = 50 * 1024 * 1024
_LEAKS = ("<class", "<function", "<bound", "__", "Promise(", "Decimal(", "root:", "liquid.", "catalog_app.")


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """Try them all in a process of their own, which a limit of memory and of time ends where there is a hole."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.campaigns.messages.measuring"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_or_rendered_as_text_within_a_tenth_of_a_second_and_50_mb(
    measured: dict[str, Any], name: str
) -> None:
    result = measured[name]
    assert result["outcome"] in {"refused", "text"}
    assert result["outcome"] == "refused" or not any(
        leak in result["text"] for leak in _LEAKS if leak not in HOSTILE[name]
    )
    assert result["seconds"] < _SECONDS
    assert result["peak_bytes"] < _BYTES
    assert result["resident_bytes"] < _BYTES


def test_there_are_more_than_45_of_them() -> None:
    assert len(HOSTILE) > 45
