"""Scheme, host and port: what a request may never leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from .faults import FetchFailedError

if TYPE_CHECKING:
    from urllib3.util import Url

_PORTS: Final = {"http": 80, "https": 443}
_ADVICE: Final = "Credentials and requests go to the configured address only"


@dataclass(frozen=True)
class Origin:
    """Where one external system answers."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of a base URL; raise FetchFailedError if it is not a plain http or https address."""
        parsed = _parsed(url)
        if parsed.scheme not in _PORTS or not parsed.host:
            raise FetchFailedError("the base URL is not an http or https address", "Correct the base URL")
        if parsed.auth is not None:
            raise FetchFailedError("the base URL holds credentials", "Enter them under authentication instead")
        return cls(parsed.scheme, parsed.host.strip("[]"), parsed.port or _PORTS[parsed.scheme])

    def checked(self, url: str) -> str:
        """Return the URL if it stays within this origin; raise FetchFailedError otherwise."""
        self.check(_parsed(url))
        return url

    def check(self, url: Url) -> None:
        """Raise FetchFailedError unless this URL, as urllib3 reads it, stays within this origin."""
        scheme = url.scheme or ""
        there = (scheme, (url.host or "").strip("[]"), url.port or _PORTS.get(scheme))
        if there != (self.scheme, self.host, self.port):
            # Where it leads is the other side's text, and may carry a token that was meant for us.
            raise FetchFailedError("it points to another host, which was not contacted", _ADVICE)
        if url.auth is not None:
            raise FetchFailedError("it points to an address with credentials in it", _ADVICE)

    def join(self, base: str, link: str) -> str:
        """Return the absolute form of a link that an answer at `base` gave, or raise FetchFailedError."""
        try:
            return self.checked(urljoin(base, link))
        except ValueError:
            raise FetchFailedError("it points to something that is not an address", _ADVICE) from None


def _parsed(url: str) -> Url:
    # What sends reads addresses by this library, so this must too; only who sends needs it.
    from urllib3.exceptions import LocationParseError  # noqa: PLC0415
    from urllib3.util import parse_url  # noqa: PLC0415

    try:
        return parse_url(url)
    except LocationParseError:
        raise FetchFailedError("the address cannot be read", "Correct the base URL") from None
