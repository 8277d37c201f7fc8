"""What checks look at, gathered once, and what they say."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, make_url
from sqlalchemy.orm import Session

from catalog_app.settings import ROOT, Settings

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what to do about it: a line each."""

    wrong: str
    advice: str


@dataclass(frozen=True)
class Bounds:
    """From where on a figure is a fault."""

    free_bytes: int = 1024 * MEBIBYTE
    postgresql: int = 14
    clocks_apart: timedelta = timedelta(seconds=10)
    silent_for: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class Ground:
    """The settings, the environment, the folder of the program, and the database where it answers."""

    settings: Settings
    environ: Mapping[str, str]
    now: datetime
    connection: Connection | None = None
    silence: str | None = None
    root: Path = ROOT
    mounts: Path = Path("/proc/mounts")
    bounds: Bounds = Bounds()

    @property
    def database(self) -> Connection:
        """The connection; only checks that need the database ask for it, and these are passed over without one."""
        if self.connection is None:
            raise RuntimeError("this check needs the database")
        return self.connection

    @property
    def session(self) -> Session:
        """A session on that connection."""
        return Session(self.database)

    @property
    def is_demo(self) -> bool:
        return self.settings.demo_secret is not None

    @property
    def sqlite_file(self) -> Path | None:
        """The file of the database, None where it has none."""
        url = make_url(self.settings.sqlalchemy_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def workers(self) -> int:
        """How many processes one command starts, as far as the environment says so."""
        said = (self.environ.get(name, "") for name in ("GRANIAN_WORKERS", "WEB_CONCURRENCY"))
        return max((int(number) for number in said if number.isdecimal()), default=1)


Look = Callable[[Ground], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """One look, and what it needs: nothing but this machine, a database that answers, or one at the newest schema."""

    look: Look
    needs: Literal["machine", "database", "schema"] = "machine"

    @property
    def name(self) -> str:
        return self.look.__name__.replace("_", "-")


def host_of(url: str | None) -> str:
    """Return the host of an address, empty where it names none."""
    return (urlsplit(url or "").hostname or "").lower()


def is_here(host: str) -> bool:
    """Return whether a host is this machine itself, by its name or its number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
