"""What this machine says: workers, files, disks, libraries, and what else has to answer."""

import hashlib
import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from catalog_app.core.rate_limits import MEMORY, OFF
from catalog_app.core.shared_metrics import VARIABLE as SHARED
from catalog_app.operating.doctor.ground import MEBIBYTE, Finding, Ground
from catalog_app.settings import PREFIX

_WAITS: Final = 3.0
_PORTS: Final = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379, "http": 80, "https": 443}
_POSTGRESQL: Final = 5432
_NETWORK_FOLDERS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "afs"}
)


def libraries_too_old(ground: Ground) -> Iterator[Finding]:
    mend = "Run `.venv/bin/python -m pip install -r requirements.txt`."
    for name, pinned in _pinned(ground.root / "requirements.txt"):
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding(f"The library {name} is missing.", mend)
            continue
        if _as_numbers(found) < _as_numbers(pinned):
            yield Finding(f"The library {name} is at {found}, which is older than {pinned}.", mend)


def front_end_files(ground: Ground) -> Iterator[Finding]:
    mend = "Run `make assets`."
    vendor = ground.root / "static" / "vendor"
    try:
        listed = json.loads((vendor / "manifest.json").read_bytes())
    except (OSError, ValueError):
        yield Finding("The front-end files are missing.", mend)
        return
    wrong = [name for name, said in listed.items() if not _is_as_said(vendor / name, said)]
    if wrong:
        yield Finding(f"{len(wrong)} front-end files are missing or not as they came, {wrong[0]} among them.", mend)
    stamp, lock = ground.root / "node_modules" / ".vendored-lock", ground.root / "package-lock.json"
    if stamp.is_file() and lock.is_file() and stamp.read_text() != hashlib.sha256(lock.read_bytes()).hexdigest():
        yield Finding("The front-end files are of another version than the program.", mend)


def files_open_to_others(ground: Ground) -> Iterator[Finding]:
    secret = [Path(path) for name, path in ground.environ.items() if name.startswith(PREFIX) and name.endswith("_FILE")]
    database = [ground.sqlite_file] if ground.sqlite_file else []
    for path in (*database, ground.root / "instance" / "demo.env", *secret):
        if _is_open(path):
            yield Finding(f"Every account of this machine can read {path}.", f"Run `chmod o-rwx {path}`.")


def disk_nearly_full(ground: Ground) -> Iterator[Finding]:
    file = ground.sqlite_file
    folder = file.parent if file else ground.settings.instance_path
    if not folder.is_dir():
        return
    needed = max(ground.bounds.free_bytes, file.stat().st_size if file and file.is_file() else 0)
    if (free := shutil.disk_usage(folder).free) < needed:
        yield Finding(
            f"The disk of {folder} has {free // MEBIBYTE} MB left, and the database may need {needed // MEBIBYTE}.",
            "Make room, or shorten what is kept (`flask --app wsgi purge --dry-run` tells).",
        )


def sqlite_in_a_network_folder(ground: Ground) -> Iterator[Finding]:
    file = ground.sqlite_file
    kind = _file_system(file.parent, ground) if file else None
    if kind in _NETWORK_FOLDERS:
        yield Finding(
            f"The database lies in a folder of the network ({kind}), where its locks do not hold.",
            "Put it on a disk of this machine, or use PostgreSQL.",
        )


def limits_counted_apart(ground: Ground) -> Iterator[Finding]:
    settings = ground.settings
    counts_here = settings.rate_limit != OFF and settings.rate_limit_storage.get_secret_value() == MEMORY
    if counts_here and ground.workers > 1:
        yield Finding(
            f"Each of {ground.workers} workers counts requests for itself, so a token may ask {ground.workers} times as often.",
            "Set CATALOG_RATE_LIMIT_STORAGE=redis://host:6379/0.",
        )


def limits_not_counted(ground: Ground) -> Iterator[Finding]:
    storage = ground.settings.rate_limit_storage.get_secret_value()
    if ground.settings.rate_limit != OFF and storage != MEMORY and not _answers(storage):
        yield Finding(
            "What CATALOG_RATE_LIMIT_STORAGE names does not answer, so nobody is limited.",
            "Start it, or correct its host and port.",
        )


def metrics_not_shared(ground: Ground) -> Iterator[Finding]:
    if ground.workers > 1 and not ground.environ.get(SHARED):
        yield Finding(
            f"Each of {ground.workers} workers tells metrics of itself alone.",
            f"Set {SHARED} to a folder of the service's own, best in memory (/run).",
        )


def metrics_folder(ground: Ground) -> Iterator[Finding]:
    folder = ground.environ.get(SHARED)
    if not folder:
        return
    # The service makes it, inside what is there.
    there = next(place for place in (Path(folder), *Path(folder).absolute().parents) if place.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Finding(
            f"{SHARED} names {folder}, which cannot be made or written to.", "Name a folder of the service's own."
        )


def broker_away(ground: Ground) -> Iterator[Finding]:
    if ground.settings.job_queue != "celery":
        return
    if find_spec("celery") is None:
        yield Finding(
            "CATALOG_JOB_QUEUE is celery, which is not installed.", "Run `pip install -r requirements-celery.txt`."
        )
    url = ground.settings.broker_url
    if url is not None and not _answers(url.get_secret_value()):
        yield Finding(
            "What CATALOG_BROKER_URL names does not answer, so no job is done.",
            "Start it, or correct its host and port.",
        )


def replica_away(ground: Ground) -> Iterator[Finding]:
    url = ground.settings.database_read_url
    if url is not None and not _answers(url.get_secret_value()):
        yield Finding(
            "What CATALOG_DATABASE_READ_URL names does not answer, so the primary answers every list.",
            "Start the replica, or correct its host and port.",
        )


def provider_away(ground: Ground) -> Iterator[Finding]:
    oidc = ground.settings.oidc
    if oidc is not None and not _answers(oidc.issuer):
        yield Finding(
            "What CATALOG_OIDC_ISSUER names does not answer from here, so nobody signs in with it.",
            "Let this machine reach it, or correct its address.",
        )


def _pinned(requirements: Path) -> Iterator[tuple[str, str]]:
    if requirements.is_file():
        for line in requirements.read_text(encoding="utf-8").splitlines():
            name, _, pinned = line.partition("==")
            if pinned:
                yield name.partition("[")[0].strip(), pinned.strip()


def _as_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def _is_as_said(path: Path, said: dict[str, int | str]) -> bool:
    return path.is_file() and path.stat().st_size == said["size"]


def _is_open(path: Path) -> bool:
    """Return whether others may read a file: it says so, and lets them in; the folders above it may still not."""
    if not path.is_file():
        return False
    return bool(path.stat().st_mode & stat.S_IROTH and path.parent.stat().st_mode & stat.S_IXOTH)


def _file_system(folder: Path, ground: Ground) -> str | None:
    """Return the kind of the file system in which a folder lies, None where this machine does not tell."""
    mounts = ground.mounts
    if not mounts.is_file():
        return None
    here, best = folder.resolve(), (-1, "")
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, place, kind, *_ = line.split(" ")
        where = Path(place.replace("\\040", " "))
        if here.is_relative_to(where):
            best = max(best, (len(where.parts), kind))
    return best[1] or None


def _answers(url: str) -> bool:
    """Return whether something listens where an address leads; what is no address of the network counts as yes."""
    try:
        # A password may hold what would end a host elsewhere.
        parts = make_url(url)
    except ValueError:
        return True
    scheme = parts.drivername
    port = parts.port or (_POSTGRESQL if scheme.startswith("postgres") else _PORTS.get(scheme))
    if not parts.host or port is None:
        return True
    # Servers of PostgreSQL may be several, and one of them is enough.
    return any(_listens(host, port) for host in parts.host.split(","))


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_WAITS):
            return True
    except OSError:
        return False
