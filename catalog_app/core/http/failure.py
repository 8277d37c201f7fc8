"""What went wrong with a request, said in words that quote nothing."""

import ssl
from collections.abc import Iterator
from http.client import IncompleteRead
from socket import gaierror
from typing import Final

import requests
import urllib3.exceptions as urllib3

_TIMEOUTS: Final = (TimeoutError, urllib3.TimeoutError, requests.Timeout)


def is_untrusted(fault: BaseException) -> bool:
    """Tell whether the other side's certificate was refused, which no retry mends."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(fault))


def reason(fault: BaseException, seconds: float) -> str:
    """Return a clause about what broke off an attempt that had `seconds`."""
    causes = tuple(_causes(fault))
    for kinds, words in (
        (gaierror, "its name cannot be resolved"),
        (ConnectionRefusedError, "it refused the connection"),
        (_TIMEOUTS, f"the answer was not complete within {seconds:g} s"),
        ((IncompleteRead, urllib3.IncompleteRead), "the answer was cut short"),
        (ssl.SSLError, "the TLS connection could not be made"),
    ):
        if any(isinstance(cause, kinds) for cause in causes):
            return words
    return "the connection broke off"


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Yield the fault and what lies beneath it; requests and urllib3 hide the cause in arguments and attributes."""
    waiting: list[object] = [fault]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, found.__context__, getattr(found, "reason", None), *found.args]
