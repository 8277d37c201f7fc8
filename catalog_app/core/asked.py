"""A request as far as everybody needs it who is about it: the same whether Flask answers it or something before Flask."""

import os
import re
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from catalog_app.core.quotas import Quota

MACHINE_PATHS: Final = ("/api/", "/tmf-api/")
"""What programs ask for: problems are JSON there, callers have tokens, answers are compressed."""

_KEPT: Final = "catalog.asked"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(slots=True)
class Asked:
    """One request. `route` and `endpoint` are set once they are known, and `caller` once somebody was recognised."""

    request_id: str
    method: str
    path: str
    endpoint: str | None = None
    route: str = ""
    # "token:7" or "user:3": what logs name, and what limits count.
    caller: str = ""
    accept_encoding: str = ""
    if_none_match: str = ""
    origin: str = ""
    is_secure: bool = False
    # What the caller has left, once it was counted.
    quota: Quota | None = None
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, environ: MutableMapping[str, Any], *, endpoint: str | None = None, route: str = "") -> "Asked":
        """Return the request of a WSGI environment; asked twice, the same one, so that its time and its id are one."""
        asked: Asked | None = environ.get(_KEPT)
        if asked is None:
            asked = environ[_KEPT] = cls._read(environ)
        if endpoint is not None:
            asked.endpoint, asked.route = endpoint, route
        return asked

    @classmethod
    def _read(cls, environ: Mapping[str, Any]) -> "Asked":
        given = environ.get("HTTP_X_REQUEST_ID", "")
        return cls(
            request_id=given if given and _SANE_ID.fullmatch(given) else os.urandom(16).hex(),
            method=environ.get("REQUEST_METHOD", ""),
            path=_decoded(environ.get("PATH_INFO", "")),
            accept_encoding=environ.get("HTTP_ACCEPT_ENCODING", ""),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH", ""),
            origin=environ.get("HTTP_ORIGIN", ""),
            is_secure=environ.get("wsgi.url_scheme") == "https",
        )

    @property
    def is_for_machines(self) -> bool:
        return self.path.startswith(MACHINE_PATHS)

    @property
    def seconds(self) -> float:
        """Return how long ago the request came."""
        return time.perf_counter() - self.started


def _decoded(path: str) -> str:
    """Return a path as it was meant: WSGI hands its bytes over as Latin-1."""
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
