"""The settings a demo makes up for itself: kept in instance/demo.env, readable by its owner alone.

Every command reads that file where the environment says nothing, so `flask --app wsgi tokens create ...` works
beside a running demo. Nothing in it is a default: each demo makes its own secrets.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from catalog_app.settings import default_demo_env

ADMIN_EMAIL = "admin@demo.example"
ADMIN_PASSWORD = "DEMO_ADMIN_PASSWORD"  # noqa: S105  # the name of a variable
DEMO_SECRET = "CATALOG_DEMO_SECRET"  # noqa: S105  # the name of a variable


def prepare(path: Path | None = None) -> dict[str, str]:
    """Make what is missing, keep what is there, and return all of it."""
    path = path or default_demo_env()
    values = {**_made_up(), **read(path)}
    write(values, path)
    return values


def read(path: Path | None = None) -> dict[str, str]:
    """Return what an earlier demo left, or nothing."""
    path = path or default_demo_env()
    if not path.is_file():
        return {}
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def write(values: Mapping[str, str], path: Path | None = None) -> None:
    """Write the file whole, so that a reader sees the old one or the new one."""
    path = path or default_demo_env()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    lines = ["# Made by `flask demo`; `flask demo --reset` begins anew.\n"]
    lines += [f"{name}='{value}'\n" for name, value in sorted(values.items())]
    fresh.touch(mode=0o600)
    fresh.write_text("".join(lines), encoding="utf-8")
    fresh.replace(path)


def forget() -> None:
    """Delete what the last demo left: its settings, and the database in the instance folder."""
    for path in (default_demo_env(), *default_demo_env().parent.glob("catalog.db*")):
        path.unlink(missing_ok=True)


def _made_up() -> dict[str, str]:
    return {
        "CATALOG_SECRET_KEY": secrets.token_urlsafe(48),
        "CATALOG_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "CATALOG_OPERATOR_NAME": "Tamra Mobile",
        "CATALOG_ALLOW_LOOPBACK_SOURCES": "true",
        "CATALOG_LOG_FORMAT": "console",
        "CATALOG_LOG_LEVEL": "WARNING",
        DEMO_SECRET: secrets.token_urlsafe(24),
        "CATALOG_XIVA_USERNAME": "catalogue",
        "CATALOG_XIVA_PASSWORD": secrets.token_urlsafe(24),
        "CATALOG_CRM_CLIENT_ID": "catalogue",
        "CATALOG_CRM_CLIENT_SECRET": secrets.token_urlsafe(24),
        "CATALOG_BILLING_USERNAME": "catalogue",
        "CATALOG_BILLING_PASSWORD": secrets.token_urlsafe(24),
        "CATALOG_BILLING_API_KEY": "tamra",
        "CATALOG_BILLING_API_SECRET": secrets.token_urlsafe(24),
        ADMIN_PASSWORD: "-".join(secrets.choice(_SYLLABLES) + secrets.choice(_SYLLABLES) for _ in range(5)),
    }


_SYLLABLES = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "se", "ti", "vo", "wa", "xe", "zu")
