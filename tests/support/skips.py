"""No test is skipped in silence: each reason is known here, and in CI none of them holds."""

import os
import shutil

NO_BROWSER = "no Chromium was found: install one, or say where it is with CHROMIUM"
NO_SHARED_DATA = "the shared data does not lie beside this checkout"
KNOWN = (NO_BROWSER, NO_SHARED_DATA)


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
