"""What production installs is what requirements.txt says, known by hash, and no older than what mended known holes."""

import re
from collections.abc import Iterator
from importlib.metadata import requires, version
from typing import Final

import psycopg
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from catalog_app.settings import ROOT

ASKED: Final = ("requirements.txt", "requirements-celery.txt")
FLOORS: Final = {
    "authlib": ("1.6.6", "CVE-2025-68158: a login could be joined to another person's; CVE-2025-59420, -61920, -62706 before it"),
    "celery": ("5.2.2", "CVE-2021-23727: results from the broker could run commands"),
    "certifi": ("2024.7.4", "CVE-2024-39689: an authority that is not trusted any more"),
    "cryptography": ("44.0.1", "CVE-2024-12797: OpenSSL took an unauthenticated server for an authenticated one"),
    "flask": ("3.1.1", "CVE-2025-47278: old keys signed in place of the new one"),
    "idna": ("3.7", "CVE-2024-3651: long host names cost quadratic time"),
    "jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox"),
    "mako": ("1.2.2", "CVE-2022-40023: an expression that takes for ever"),
    "orjson": ("3.9.15", "CVE-2024-27454: deep JSON ended the process"),
    "pydantic": ("2.4.0", "CVE-2024-3772: an address that takes for ever to be checked"),
    "redis": ("4.5.5", "CVE-2023-28859: an answer could reach the wrong asker"),
    "requests": ("2.32.4", "CVE-2024-47081: credentials of .netrc sent to another host"),
    "urllib3": ("2.6.3", "CVE-2025-66418, -66471, CVE-2026-21441: small answers that unpack to any size"),
    "werkzeug": ("3.1.4", "CVE-2025-66221: names of devices as files; CVE-2024-49767: forms that take all memory"),
}  # fmt: skip
"""The oldest version of a library without holes that are known; nothing below may be installed. Sources: the projects' own
advisories. What pip-audit would look up cannot be reached where tests run."""
LIBPQ_FLOOR: Final = 180_001
"""PostgreSQL 18.1 mended CVE-2025-12818: libpq wrote beyond what it had allocated."""


def asked() -> list[Requirement]:
    lines = [line for name in ASKED for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def locked() -> dict[str, tuple[Version, str]]:
    """Return the packages of the lock by name, each with what stands about it."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    parts = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    found: dict[str, tuple[Version, str]] = {}
    for part in parts:
        name, _, rest = part.partition("==")
        found[canonicalize_name(name.partition("[")[0])] = (Version(rest.split()[0]), part)
    return found


def test_the_lock_holds_what_is_asked_for_each_with_hashes() -> None:
    lock = locked()
    wrong = [
        str(one)
        for one in asked()
        if not one.specifier.contains(lock.get(canonicalize_name(one.name), (Version("0"), ""))[0])
    ]

    assert wrong == [], "run `make lock`"
    assert [name for name, (_, part) in lock.items() if "--hash=sha256:" not in part] == []
    assert "http" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_lock_holds_all_that_these_need_in_turn_and_nothing_else() -> None:
    needed = {name for one in asked() for name in closure(one)}
    elsewhere = {name for name, (_, part) in locked().items() if re.search(r"^\S+ ; .*(win32|python|platform)", part)}

    assert needed - locked().keys() == set()
    assert locked().keys() - needed - elsewhere == set()


def closure(requirement: Requirement, seen: set[str] | None = None) -> Iterator[str]:
    """Yield the name of a package, and of everything that it needs here."""
    seen = set() if seen is None else seen
    name = canonicalize_name(requirement.name)
    key = f"{name}[{','.join(sorted(requirement.extras))}]"
    if key in seen:
        return
    seen.add(key)
    yield name
    for text in requires(name) or ():
        other = Requirement(text)
        extras = requirement.extras or {""}
        if other.marker is None or any(other.marker.evaluate({"extra": extra}) for extra in extras):
            yield from closure(other, seen)


@pytest.mark.parametrize("name", FLOORS)
def test_a_library_is_no_older_than_the_version_that_mended_a_known_hole(name: str) -> None:
    floor, reason = FLOORS[name]

    assert Version(version(name)) >= Version(floor), reason
    assert locked()[canonicalize_name(name)][0] >= Version(floor), reason


def test_the_driver_speaks_to_postgresql_through_a_mended_library() -> None:
    assert psycopg.pq.version() >= LIBPQ_FLOOR
