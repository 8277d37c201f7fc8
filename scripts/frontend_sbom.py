"""Print what the front-end files by others are made of, as CycloneDX JSON, from package-lock.json alone."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.vendor import LOCK, ROOT, npm_command, npm_environment


def bill_of_materials() -> str:
    """Return what npm says of the lock; it wants a version of the project itself, which ours does not have."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(LOCK, folder)
        described = json.loads((ROOT / "package.json").read_text(encoding="utf-8")) | {"version": "0.0.0"}
        Path(folder, "package.json").write_text(json.dumps(described), encoding="utf-8")
        command = [*npm_command(), "sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--loglevel", "error"]
        made = subprocess.run(  # noqa: S603  # our own words
            command, cwd=folder, env=npm_environment(), stdout=subprocess.PIPE, text=True, check=True
        )
    return made.stdout


if __name__ == "__main__":
    sys.stdout.write(bill_of_materials())
