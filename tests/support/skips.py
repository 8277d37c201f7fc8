"""No test is skipped in silence: each reason is known here, and in CI none of them holds."""

import os
import shutil

import pytest

NO_BROWSER = "no Chromium was found: install one, or say where it is with CHROMIUM"
NO_SHARED_DATA = "the shared data does not lie beside this checkout"
NO_OPENSSL = "openssl, which makes certificates and keys, is not installed"
NO_COUNTERPARTS = "Kinto and Datasette are not installed: `make .stamps/counterparts` does it"
NO_REDIS = "redis-server is not installed"
KNOWN = (NO_REDIS, NO_BROWSER, NO_SHARED_DATA, NO_OPENSSL, NO_COUNTERPARTS)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def browser_is_required() -> bool:
    return os.environ.get("REQUIRE_BROWSER") == "1"


def find_chromium() -> str | None:
    """Return the Chromium that the environment names, or one on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


def is_known(reason: str) -> bool:
    """Return whether a skip for this reason may pass here."""
    return not in_ci() and any(known in reason for known in KNOWN)


_unexplained: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not hasattr(report, "wasxfail"):
        _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note modules that skipped themselves: their tests were never collected, so none of them is reported."""
    _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not is_known(reason):
            _unexplained.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test was skipped that should have run here."""
    if _unexplained and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _unexplained:
        terminalreporter.write_line(f"SKIPPED AND SHOULD HAVE RUN {line}", red=True)
