"""What a program of its own, started by a test, is told of the test's database and of Xiva's stand-in."""

import os
from pathlib import Path

from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import Settings
from tests.support.databases import SECRET_KEY


def environment_of(settings: Settings, xiva: XivaStandin, instance: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(instance),
        "CATALOG_ALLOW_LOOPBACK_SOURCES": "true",
        "CATALOG_XIVA_BASE_URL": xiva.base_url,
        "CATALOG_XIVA_USERNAME": xiva.username,
        "CATALOG_XIVA_PASSWORD": xiva.password,
    }
